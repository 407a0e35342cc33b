/* Logarithm, exponential and root whose bits are the same on every core: the C library's differ from one to the next. */
#ifndef NS_FLOAT_MATH_H
#define NS_FLOAT_MATH_H

/* log2 of a positive normal number; its error stays below 3e-6. Infinity and what is no number count as the largest
 * float. */
float ns_log2_f32(float value);

/* 2^value for values from -126 to 127, clamped to them; its relative error stays below 3e-6. */
float ns_exp2_f32(float value);

/* Square root, correctly rounded; 0 for what is below the normal range, negative or no number, and the largest float for
 * infinity. */
float ns_sqrt_f32(float value);

#endif
