/* IEEE single precision as written, whatever the project's compiler flags say: include it before any arithmetic. */
#ifndef NS_STRICT_FLOAT_H
#define NS_STRICT_FLOAT_H

#include <float.h>

#if defined(__FAST_MATH__)
#error "front-ends must give the same bits as on the host: compile them without -ffast-math"
#endif
#if FLT_EVAL_METHOD != 0
#error "front-ends must give the same bits as on the host: float arithmetic must stay in single precision"
#endif

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

#endif
