/* mnist_784_128_10: 784-128-10 classifier on logits.
 *
 * Loss: cross_entropy, mean; targets are classes.
 *
 * Layers:
 *     inputs 784
 *     dense 128 + bias, relu
 *     dense 10 + bias, identity
 *
 * Derivation in index notation (dQ is the gradient of E by Q):
 *     [1] Z1[n,j] = sum(i: W1[j,i]*X[n,i]) + b1[j]
 *     [2] A1[n,j] = max(Z1[n,j], 0)
 *     [3] Z2[n,j] = sum(i: W2[j,i]*A1[n,i]) + b2[j]
 *     [4] Y[n,j] = delta(j,T[n])
 *     [5] P[n,j] = exp(Z2[n,j])/sum(k: exp(Z2[n,k]))
 *     [6] E = -sum(n,j: Y[n,j]*log(P[n,j]))/N
 *     [7] dZ2[n,j] = (P[n,j] - Y[n,j])/N
 *     [8] dW2[j,i] = sum(n: dZ2[n,j]*A1[n,i])
 *     [9] db2[j] = sum(n: dZ2[n,j])
 *     [10] dZ1[n,j] = where(Z1[n,j] > 0, sum(k: dZ2[n,k]*W2[k,j]), 0)
 *     [11] dW1[j,i] = sum(n: dZ1[n,j]*X[n,i])
 *     [12] db1[j] = sum(n: dZ1[n,j])
 */
#ifndef MNIST_784_128_10_H
#define MNIST_784_128_10_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef MNIST_784_128_10_N
#define MNIST_784_128_10_N 1 /* samples in a batch */
#endif
#ifndef MNIST_784_128_10_FLOAT
#define MNIST_784_128_10_FLOAT 0 /* 1: numbers are float, not double */
#endif

#if MNIST_784_128_10_FLOAT
typedef float mnist_784_128_10_real;
#else
typedef double mnist_784_128_10_real;
#endif

enum {
    mnist_784_128_10_N = MNIST_784_128_10_N,
    mnist_784_128_10_D = 784, /* inputs */
    mnist_784_128_10_H = 128, /* hidden units */
    mnist_784_128_10_K = 10 /* outputs */
};

/* What is trained. */
typedef struct {
    mnist_784_128_10_real W1[mnist_784_128_10_H][mnist_784_128_10_D];
    mnist_784_128_10_real b1[mnist_784_128_10_H];
    mnist_784_128_10_real W2[mnist_784_128_10_K][mnist_784_128_10_H];
    mnist_784_128_10_real b2[mnist_784_128_10_K];
} mnist_784_128_10_params;

/* What a step computes on the way. */
typedef struct {
    mnist_784_128_10_real Z1[mnist_784_128_10_N][mnist_784_128_10_H];
    mnist_784_128_10_real A1[mnist_784_128_10_N][mnist_784_128_10_H];
    mnist_784_128_10_real Z2[mnist_784_128_10_N][mnist_784_128_10_K];
    mnist_784_128_10_real Y[mnist_784_128_10_N][mnist_784_128_10_K];
    mnist_784_128_10_real M[mnist_784_128_10_N];
    mnist_784_128_10_real S[mnist_784_128_10_N][mnist_784_128_10_K];
    mnist_784_128_10_real U[mnist_784_128_10_N][mnist_784_128_10_K];
    mnist_784_128_10_real V[mnist_784_128_10_N];
    mnist_784_128_10_real P[mnist_784_128_10_N][mnist_784_128_10_K];
    mnist_784_128_10_real E;
    mnist_784_128_10_real dZ2[mnist_784_128_10_N][mnist_784_128_10_K];
    mnist_784_128_10_real dZ1[mnist_784_128_10_N][mnist_784_128_10_H];
    mnist_784_128_10_real W1_T[mnist_784_128_10_D][mnist_784_128_10_H];
    mnist_784_128_10_real W2_T[mnist_784_128_10_H][mnist_784_128_10_K];
} mnist_784_128_10_values;

/* All that a step reads and writes: the caller's, so that there may be several. */
typedef struct {
    mnist_784_128_10_params params;
    mnist_784_128_10_values values;
} mnist_784_128_10_model;

/* Inputs and targets; a class counts from 0. */
typedef struct {
    mnist_784_128_10_real X[mnist_784_128_10_N][mnist_784_128_10_D];
    int T[mnist_784_128_10_N];
} mnist_784_128_10_batch;

size_t mnist_784_128_10_model_size(void);

/* Compute all values up to the output, values.Z2. */
void mnist_784_128_10_forward(mnist_784_128_10_model *model, const mnist_784_128_10_batch *batch);

/* Return the loss E. */
mnist_784_128_10_real mnist_784_128_10_loss(mnist_784_128_10_model *model, const mnist_784_128_10_batch *batch);

/* Return the loss and put the gradient by each trained parameter into gradients. */
mnist_784_128_10_real mnist_784_128_10_gradients(mnist_784_128_10_model *model, const mnist_784_128_10_batch *batch,
    mnist_784_128_10_params *gradients);

/* One step of gradient descent; return the loss before it. */
mnist_784_128_10_real mnist_784_128_10_step(mnist_784_128_10_model *model, const mnist_784_128_10_batch *batch,
    mnist_784_128_10_real learning_rate);

/* Many steps; put the loss before each into losses, unless that is NULL. */
void mnist_784_128_10_train(mnist_784_128_10_model *model, const mnist_784_128_10_batch *batch,
    mnist_784_128_10_real learning_rate, long steps, mnist_784_128_10_real *losses);

#ifdef __cplusplus
}
#endif

#endif
