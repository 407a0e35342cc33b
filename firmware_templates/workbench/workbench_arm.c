/* Cortex-M side of the workbench: vectors, start-up, marker functions, the CMSDK serial port of MPS2 and MPS3 boards. */
#include "workbench.h"

enum { DATA = 0, STATE = 1, CTRL = 2, BAUDDIV = 4 }; /* register numbers */
#define WB_UART ((volatile uint32_t *)WB_UART_AT)
#define WB_CPACR (*(volatile uint32_t *)0xE000ED88u)

extern uint32_t wb_stack_top[];
void reset_handler(void);

__attribute__((naked, noinline)) void ns_mark_begin(void) { __asm__ volatile("bx lr"); }
__attribute__((naked, noinline)) void ns_mark_inference(void) { __asm__ volatile("bx lr"); }

void wb_write(const char *text)
{
    for (; *text != '\0'; text++) {
        while ((WB_UART[STATE] & 1u) != 0u) {
        }
        WB_UART[DATA] = (uint8_t)*text;
    }
}

void reset_handler(void)
{
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    WB_CPACR |= 0xFu << 20; /* full access to coprocessors 10 and 11 */
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
    wb_prepare_data();
    WB_UART[BAUDDIV] = 16u;
    WB_UART[CTRL] = 3u;
    (void)workbench_main();
    for (;;) {
    }
}

static void fault_handler(void)
{
    wb_write("FAULT exception\n");
    for (;;) {
    }
}

typedef union {
    uint32_t *stack;
    void (*handler)(void);
} vector;

__attribute__((section(".vectors"), used)) static const vector vectors[16] = {
    {.stack = wb_stack_top},    {.handler = reset_handler}, {.handler = fault_handler}, {.handler = fault_handler},
    {.handler = fault_handler}, {.handler = fault_handler}, {.handler = fault_handler}, {.handler = fault_handler},
    {.handler = fault_handler}, {.handler = fault_handler}, {.handler = fault_handler}, {.handler = fault_handler},
    {.handler = fault_handler}, {.handler = fault_handler}, {.handler = fault_handler}, {.handler = fault_handler},
};
