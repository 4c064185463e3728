/* worked_example: One step of a 2-2-2 network, by hand.
 *
 * Loss: half_sse, sum; targets are values.
 *
 * Layers:
 *     inputs 2
 *     dense 2, sigmoid
 *     dense 2, sigmoid
 *
 * Derivation in index notation (dQ is the gradient of E by Q):
 *     [1] Z1[n,j] = sum(i: W1[j,i]*X[n,i])
 *     [2] A1[n,j] = 1/(1 + exp(-Z1[n,j]))
 *     [3] Z2[n,j] = sum(i: W2[j,i]*A1[n,i])
 *     [4] A2[n,j] = 1/(1 + exp(-Z2[n,j]))
 *     [5] E = sum(n,j: (A2[n,j] - T[n,j])**2)/2
 *     [6] dZ2[n,j] = (A2[n,j] - T[n,j])*A2[n,j]*(1 - A2[n,j])
 *     [7] dW2[j,i] = sum(n: dZ2[n,j]*A1[n,i])
 *     [8] dZ1[n,j] = sum(k: dZ2[n,k]*W2[k,j])*A1[n,j]*(1 - A1[n,j])
 *     [9] dW1[j,i] = sum(n: dZ1[n,j]*X[n,i])
 */
#ifndef WORKED_EXAMPLE_H
#define WORKED_EXAMPLE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef WORKED_EXAMPLE_N
#define WORKED_EXAMPLE_N 1 /* samples in a batch */
#endif
#ifndef WORKED_EXAMPLE_FLOAT
#define WORKED_EXAMPLE_FLOAT 0 /* 1: numbers are float, not double */
#endif
#ifndef WORKED_EXAMPLE_LANES
#define WORKED_EXAMPLE_LANES 8 /* runs side by side in a sweep */
#endif

#if WORKED_EXAMPLE_FLOAT
typedef float worked_example_real;
#else
typedef double worked_example_real;
#endif

enum {
    worked_example_N = WORKED_EXAMPLE_N,
    worked_example_D = 2, /* inputs */
    worked_example_H = 2, /* hidden units */
    worked_example_K = 2, /* outputs */
    worked_example_LANES = WORKED_EXAMPLE_LANES
};

/* What is trained. */
typedef struct {
    worked_example_real W1[worked_example_H][worked_example_D];
    worked_example_real W2[worked_example_K][worked_example_H];
} worked_example_params;

/* What a step computes on the way. */
typedef struct {
    worked_example_real Z1[worked_example_N][worked_example_H];
    worked_example_real A1[worked_example_N][worked_example_H];
    worked_example_real A1_slope[worked_example_N][worked_example_H];
    worked_example_real Z2[worked_example_N][worked_example_K];
    worked_example_real A2[worked_example_N][worked_example_K];
    worked_example_real A2_slope[worked_example_N][worked_example_K];
    worked_example_real E;
    worked_example_real dZ2[worked_example_N][worked_example_K];
    worked_example_real dZ1[worked_example_N][worked_example_H];
} worked_example_values;

/* All that a step reads and writes: the caller's, so that there may be several. */
typedef struct {
    worked_example_params params;
    worked_example_values values;
} worked_example_model;

/* Inputs and targets. */
typedef struct {
    worked_example_real X[worked_example_N][worked_example_D];
    worked_example_real T[worked_example_N][worked_example_K];
} worked_example_batch;

size_t worked_example_model_size(void);

/* Compute all values up to the output, values.A2. */
void worked_example_forward(worked_example_model *model, const worked_example_batch *batch);

/* Return the loss E. */
worked_example_real worked_example_loss(worked_example_model *model, const worked_example_batch *batch);

/* Return the loss and put the gradient by each trained parameter into gradients. */
worked_example_real worked_example_gradients(worked_example_model *model, const worked_example_batch *batch,
    worked_example_params *gradients);

/* One step of gradient descent; return the loss before it. */
worked_example_real worked_example_step(worked_example_model *model, const worked_example_batch *batch,
    worked_example_real learning_rate);

/* Many steps; put the loss before each into losses, unless that is NULL. */
void worked_example_train(worked_example_model *model, const worked_example_batch *batch,
    worked_example_real learning_rate, long steps, worked_example_real *losses);

/* worked_example_LANES runs side by side: each number is an array, one entry a run. */
typedef struct {
    worked_example_real W1[worked_example_H][worked_example_D][worked_example_LANES];
    worked_example_real W2[worked_example_K][worked_example_H][worked_example_LANES];
    worked_example_real Z1[worked_example_N][worked_example_H][worked_example_LANES];
    worked_example_real A1[worked_example_N][worked_example_H][worked_example_LANES];
    worked_example_real A1_slope[worked_example_N][worked_example_H][worked_example_LANES];
    worked_example_real Z2[worked_example_N][worked_example_K][worked_example_LANES];
    worked_example_real A2[worked_example_N][worked_example_K][worked_example_LANES];
    worked_example_real A2_slope[worked_example_N][worked_example_K][worked_example_LANES];
    worked_example_real E[worked_example_LANES];
    worked_example_real dZ2[worked_example_N][worked_example_K][worked_example_LANES];
    worked_example_real dZ1[worked_example_N][worked_example_H][worked_example_LANES];
    worked_example_real seed[worked_example_LANES];
} worked_example_runs;

size_t worked_example_runs_size(void);

/* Train `count` sets of parameters, each with its own learning rate. The loss of run r before
 * step s goes to losses[r * steps + s], unless losses is NULL. */
void worked_example_sweep(worked_example_runs *runs, const worked_example_batch *batch, worked_example_params *params,
    const worked_example_real *learning_rates, long count, long steps, worked_example_real *losses);

#ifdef __cplusplus
}
#endif

#endif
