/* QEMU plugin (TCG plugin API, version 1): guest instructions between marker functions, exact to the instruction.
 *
 * Arguments: begin=, push=, copy=, inference= (addresses of the marker functions) and out= (a file). Every inference
 * appends one line: pushes, instructions of all of them, of the copy, of the inference. The line is written out at
 * once, because an emulator is ended by a signal.
 *
 * Each translated block adds its length to a counter when it begins, so a marker reads the counter with its own
 * block included. Subtracting that block at the end leaves what ran after the begin marker's return and before the
 * end marker: the call with its arguments, and the branch to the marker. Debian ships no header for plugins; the
 * declarations below are the API's, as QEMU documents it (docs/devel/tcg-plugins). */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, void (*call)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, enum qemu_plugin_op op, void *counter,
                                              uint64_t increment);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, void (*call)(unsigned int, void *),
                                            enum qemu_plugin_cb_flags flags, void *userdata);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

EXPORTED extern int qemu_plugin_version;
EXPORTED int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv);

int qemu_plugin_version = 1;

enum mark { BEGIN, PUSH, COPY, INFERENCE, MARKS };
static const char *const mark_names[MARKS] = {"begin=", "push=", "copy=", "inference="};

static uint64_t addresses[MARKS];
static uint64_t executed; /* instructions, by whole blocks */
static uint64_t at_begin;
static uint64_t pushes, push_instructions, copy_instructions;
static FILE *out;

static void passed(enum mark mark, uint64_t block)
{
    const uint64_t spent = executed - block - at_begin;

    switch (mark) {
    case BEGIN:
        at_begin = executed;
        break;
    case PUSH:
        pushes++;
        push_instructions += spent;
        break;
    case COPY:
        copy_instructions = spent;
        break;
    default:
        fprintf(out, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", pushes, push_instructions,
                copy_instructions, spent);
        fflush(out);
        pushes = 0;
        push_instructions = 0;
    }
}

/* The callback's argument holds the mark in its low byte and the length of the block above it. */
static void on_mark(unsigned int cpu, void *argument)
{
    const uint64_t packed = (uint64_t)(uintptr_t)argument;

    (void)cpu;
    passed((enum mark)(packed & 0xffu), packed >> 8);
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    const size_t length = qemu_plugin_tb_n_insns(tb);

    (void)id;
    qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64, &executed, length);
    for (size_t i = 0; i < length; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

        for (unsigned int mark = 0; mark < MARKS; mark++) {
            if (qemu_plugin_insn_vaddr(insn) == addresses[mark]) {
                qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark, QEMU_PLUGIN_CB_NO_REGS,
                                                       (void *)(uintptr_t)(mark | length << 8));
            }
        }
    }
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        for (unsigned int mark = 0; mark < MARKS; mark++) {
            const size_t prefix = strlen(mark_names[mark]);

            if (strncmp(argv[i], mark_names[mark], prefix) == 0) {
                addresses[mark] = strtoull(argv[i] + prefix, NULL, 0);
            }
        }
        if (strncmp(argv[i], "out=", 4) == 0) {
            out = fopen(argv[i] + 4, "w");
        }
    }
    if (out == NULL) {
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    return 0;
}
