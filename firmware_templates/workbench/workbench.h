/* The workbench: one compiled model alone on an emulated core, so that everything it costs can be told apart.
 * What the model's side defines comes first, what the core's side defines second. */
#ifndef WORKBENCH_H
#define WORKBENCH_H

#include <stdint.h>

/* The model, one generated file: set-up (nothing to do), where a caller writes the input and finds the output, one
 * inference. These four are counted as the model's. */
int wb_model_init(void);
void *wb_model_input(void);
void *wb_model_output(void);
int wb_model_invoke(void);

/* The core. A line goes out by the serial port of the emulated board. */
void wb_write(const char *text);

/* Hooked by the counting plugin; they only return. */
void ns_mark_begin(void);
void ns_mark_inference(void);

int workbench_main(void);

/* The model's profile hook: ends one part of an inference and begins the next. */
void wb_before_call(uint32_t call);

extern uint32_t wb_stack_floor[]; /* lowest word that is painted */
extern uint32_t wb_data_load[], wb_data_start[], wb_data_end[];
extern uint32_t wb_bss_start[], wb_bss_end[];

static inline uintptr_t wb_stack_pointer(void)
{
    uintptr_t here;

#if defined(__riscv)
    __asm__ volatile("mv %0, sp" : "=r"(here));
#else
    __asm__ volatile("mov %0, sp" : "=r"(here));
#endif
    return here;
}

/* What every start-up does before workbench_main: volatile, so that no library call is made of it. */
static inline void wb_prepare_data(void)
{
    const volatile uint32_t *from = wb_data_load;

    for (volatile uint32_t *word = wb_data_start; word < wb_data_end; word++) {
        *word = *from++;
    }
    for (volatile uint32_t *word = wb_bss_start; word < wb_bss_end; word++) {
        *word = 0u;
    }
}

#endif
