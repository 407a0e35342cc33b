/* What the start-up code offers to the firmware. */
#ifndef NS_STARTUP_H
#define NS_STARTUP_H

#include <stdint.h>

/* Most bytes of stack that were ever in use, by the paint that the start-up code laid below the stack's top.
 * Everything counts, from the reset handler on. At most 65,536 bytes are painted: that value means "or more". */
uint32_t ns_stack_high_water(void);

#endif
