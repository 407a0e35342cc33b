/* Start-up for every Cortex-M: vectors, stack paint, .data and .bss, FPU, constructors, main. */
#include "startup.h"

#include <stddef.h>

#include "uart.h"

#define NS_PAINT 0xA5C3A5C3u
#define NS_PAINT_LIMIT 65536u
#define NS_CPACR (*(volatile uint32_t *)0xE000ED88u)

extern uint32_t ns_stack_top[], ns_stack_limit[];
extern uint32_t ns_data_load[], ns_data_start[], ns_data_end[];
extern uint32_t ns_bss_start[], ns_bss_end[];
extern void (*const ns_init_array_start[])(void);
extern void (*const ns_init_array_end[])(void);

int main(void);
void reset_handler(void);

static uintptr_t paint_floor(void)
{
    const uintptr_t top = (uintptr_t)ns_stack_top;
    const uintptr_t limit = (uintptr_t)ns_stack_limit;

    return top - limit > NS_PAINT_LIMIT ? top - NS_PAINT_LIMIT : limit;
}

uint32_t ns_stack_high_water(void)
{
    const volatile uint32_t *word = (const volatile uint32_t *)paint_floor();

    while ((uintptr_t)word < (uintptr_t)ns_stack_top && *word == NS_PAINT) {
        word++;
    }
    return (uint32_t)((uintptr_t)ns_stack_top - (uintptr_t)word);
}

/* Counted loops over volatile words: a library call here could run before its own data is in place. */
static void fill(uintptr_t from, uintptr_t to, uint32_t value)
{
    for (volatile uint32_t *word = (volatile uint32_t *)from; (uintptr_t)word < to; word++) {
        *word = value;
    }
}

void reset_handler(void)
{
    uint32_t here;

#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    NS_CPACR |= 0xFu << 20; /* full access to coprocessors 10 and 11 */
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
    __asm__ volatile("mov %0, sp" : "=r"(here));
    fill(paint_floor(), (uintptr_t)here - 32u, NS_PAINT);
    for (size_t i = 0; i < (size_t)(ns_data_end - ns_data_start); i++) {
        ((volatile uint32_t *)ns_data_start)[i] = ns_data_load[i];
    }
    fill((uintptr_t)ns_bss_start, (uintptr_t)ns_bss_end, 0u);
    for (size_t i = 0; i < (size_t)(ns_init_array_end - ns_init_array_start); i++) {
        ns_init_array_start[i]();
    }
    uart_init();
    (void)main();
    for (;;) {
    }
}

/* Any exception: nothing enables interrupts, so it is a fault. Say which one, and stay. */
static void fault_handler(void)
{
    uint32_t number;
    char line[] = "@ns fault 00\n";

    __asm__ volatile("mrs %0, ipsr" : "=r"(number));
    line[10] = (char)('0' + (number / 10u) % 10u);
    line[11] = (char)('0' + number % 10u);
    uart_write(line, sizeof line - 1u);
    for (;;) {
    }
}

typedef union {
    uint32_t *stack;
    void (*handler)(void);
} vector;

__attribute__((section(".vectors"), used)) static const vector vectors[16] = {
    {.stack = ns_stack_top},     {.handler = reset_handler}, {.handler = fault_handler}, {.handler = fault_handler},
    {.handler = fault_handler},  {.handler = fault_handler}, {.handler = fault_handler}, {.handler = fault_handler},
    {.handler = fault_handler},  {.handler = fault_handler}, {.handler = fault_handler}, {.handler = fault_handler},
    {.handler = fault_handler},  {.handler = fault_handler}, {.handler = fault_handler}, {.handler = fault_handler},
};
