/* A moment until which a picture has to be drawn, waiting included. */
#ifndef RG_RENDER_DEADLINE_H
#define RG_RENDER_DEADLINE_H

/* Zeroed: none. */
typedef struct rg__deadline {
    double seconds; /* what was asked for; 0: no limit */
    double until;   /* on the clock of rg__now */
} rg__deadline;

/* Seconds of the monotonic clock. */
double rg__now(void);
/* The deadline that is `seconds` from now. */
rg__deadline rg__deadline_in(double seconds);

#endif
