/* RISC-V side of the workbench: start-up, marker functions, traps, the 16550 serial port of QEMU's `virt` machine. */
#include "workbench.h"

#define WB_UART ((volatile uint8_t *)WB_UART_AT)

void wb_start(void);

__attribute__((naked, noinline)) void ns_mark_begin(void) { __asm__ volatile("ret"); }
__attribute__((naked, noinline)) void ns_mark_inference(void) { __asm__ volatile("ret"); }

void wb_write(const char *text)
{
    for (; *text != '\0'; text++) {
        *WB_UART = (uint8_t)*text;
    }
}

__attribute__((aligned(4), used)) static void wb_trap(void)
{
    wb_write("FAULT trap\n");
    for (;;) {
    }
}

__attribute__((used)) static void wb_begin(void)
{
    wb_prepare_data();
    (void)workbench_main();
    for (;;) {
    }
}

__attribute__((naked, section(".vectors"), used)) void wb_start(void)
{
    __asm__ volatile(".option push\n\t.option norelax\n\tla gp, __global_pointer$\n\tla sp, wb_stack_top\n\t"
                     "la t0, wb_trap\n\t.option arch, +zicsr\n\tcsrw mtvec, t0\n\t.option pop\n\tj wb_begin");
}
