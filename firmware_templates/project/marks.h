/* Empty functions at which the emulator's plugin counts instructions; nothing at all on real boards. */
#ifndef MARKS_H
#define MARKS_H

#ifdef NS_EMULATED
void ns_mark_begin(void);
void ns_mark_push(void);
void ns_mark_copy(void);
void ns_mark_inference(void);
#else
#define ns_mark_begin() ((void)0)
#define ns_mark_push() ((void)0)
#define ns_mark_copy() ((void)0)
#define ns_mark_inference() ((void)0)
#endif

#endif
