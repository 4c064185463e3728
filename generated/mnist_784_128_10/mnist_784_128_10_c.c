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
#include "mnist_784_128_10_c.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#if MNIST_784_128_10_FLOAT
#define REAL(x) x##f /* a literal or a function of libm */
#define LARGEST FLT_MAX
#else
#define REAL(x) x
#define LARGEST DBL_MAX
#endif

typedef mnist_784_128_10_real real;
typedef mnist_784_128_10_params Params;
typedef mnist_784_128_10_values Values;
typedef mnist_784_128_10_batch Batch;
enum {
    N = mnist_784_128_10_N,
    D = mnist_784_128_10_D,
    H = mnist_784_128_10_H,
    K = mnist_784_128_10_K
};

#if !MNIST_784_128_10_FLOAT
/* exp(x), at most 1.0 ULP, without a branch and without a call, so that
 * several fit a vector register: x = k*log(2) + r, and 2**k comes in two halves, as neither
 * overflows where the result is subnormal. Cody & Waite, Software Manual for the
 * Elementary Functions (1980), chapter 6; the coefficients are those of exp(r). */
static inline double exp_double(double x)
{
    const double low = x < -746.0 ? -746.0 : x;
    const double held = low > 710.0 ? 710.0 : low;
    const double shift = 6755399441055744.0; /* 1.5 * 2**52: its last bits count ones */
    const double turns = held * 1.4426950408889634 + shift;
    const double k = turns - shift;
    const double r = held - k * 0.6931471805598903 - k * 5.497923018708371e-14;
    const double r2 = r * r, r4 = r2 * r2;
    const double p = 0.5 + 0.1666666666666667 * r
        + (0.04166666666666667 + 0.008333333333326112 * r) * r2;
    const double q = 0.001388888888888373 + 0.0001984126987490126 * r
        + (2.4801587325605324e-05 + 2.7557255297969643e-06 * r) * r2;
    const double s = 2.755727357010214e-07 + 2.5105259538448494e-08 * r + 2.0914717341716378e-09 * r2;
    const double grown = r + (p + (q + s * r4) * r4) * r2; /* exp(r) - 1 */
    uint64_t whole, origin;
    memcpy(&whole, &turns, sizeof whole);
    memcpy(&origin, &shift, sizeof origin);
    const uint64_t power = whole - origin + 2046;
    const uint64_t half = power >> 1, rest = power - half;
    const uint64_t first_bits = half << 52, second_bits = rest << 52;
    double first, second;
    memcpy(&first, &first_bits, sizeof first);
    memcpy(&second, &second_bits, sizeof second);
    return (grown * first + first) * second;
}
#endif

#if MNIST_784_128_10_FLOAT
/* exp(x) in float, at most 1.0 ULP, in the same way. */
static inline float exp_float(float x)
{
    const float low = x < -104.0f ? -104.0f : x;
    const float held = low > 89.0f ? 89.0f : low;
    const float shift = 12582912.0f; /* 1.5 * 2**23 */
    const float turns = held * 1.442695f + shift;
    const float k = turns - shift;
    const float r = held - k * 0.693145751953125f - k * 1.4286068e-06f;
    const float r2 = r * r;
    const float p = 0.5f + 0.16666576f * r;
    const float q = 0.041666556f + 0.008363203f * r + 0.0013926213f * r2;
    const float grown = r + (p + q * r2) * r2; /* exp(r) - 1 */
    uint32_t whole, origin;
    memcpy(&whole, &turns, sizeof whole);
    memcpy(&origin, &shift, sizeof origin);
    const uint32_t power = whole - origin + 254;
    const uint32_t half = power >> 1, rest = power - half;
    const uint32_t first_bits = half << 23, second_bits = rest << 23;
    float first, second;
    memcpy(&first, &first_bits, sizeof first);
    memcpy(&second, &second_bits, sizeof second);
    return (grown * first + first) * second;
}
#define exponential exp_float
#else
#define exponential exp_double
#endif

/* The larger number; a NaN in a stays. */
static inline real larger(real a, real b)
{
    return a < b ? b : a;
}

/* From the inputs to the output Z2. */
static void forward_pass(const Params *params, Values *restrict values, const Batch *batch)
{
    const real (*W1)[D] = params->W1; /* (H, D) */
    const real *b1 = params->b1; /* (H,) */
    const real (*W2)[H] = params->W2; /* (K, H) */
    const real *b2 = params->b2; /* (K,) */
    real (*Z1)[H] = values->Z1; /* (N, H) */
    real (*A1)[H] = values->A1; /* (N, H) */
    real (*Z2)[K] = values->Z2; /* (N, K) */
    real (*W1_T)[H] = values->W1_T; /* (D, H) */
    real (*W2_T)[K] = values->W2_T; /* (H, K) */
    const real (*X)[D] = batch->X; /* (N, D) */
    /* W1_T: W1 with its axis H last */
    for (int j = 0; j < D; j++) {
        for (int i = 0; i < H; i++) {
            W1_T[j][i] = W1[i][j];
        }
    }
    /* W2_T: W2 with its axis K last */
    for (int j = 0; j < H; j++) {
        for (int i = 0; i < K; i++) {
            W2_T[j][i] = W2[i][j];
        }
    }
    /* [1] Z1[n,j] = sum(i: W1[j,i]*X[n,i]) + b1[j] */
    for (int n = 0; n < N; n++) {
        for (int j = 0; j < H; j++) {
            Z1[n][j] = b1[j];
        }
        for (int i = 0; i < D; i++) {
            for (int j = 0; j < H; j++) {
                Z1[n][j] += W1_T[i][j] * X[n][i];
            }
        }
    }
    /* [2] A1[n,j] = max(Z1[n,j], 0) */
    for (int n = 0; n < N; n++) {
        for (int j = 0; j < H; j++) {
            A1[n][j] = larger(Z1[n][j], 0);
        }
    }
    /* [3] Z2[n,j] = sum(i: W2[j,i]*A1[n,i]) + b2[j] */
    for (int n = 0; n < N; n++) {
        for (int j = 0; j < K; j++) {
            Z2[n][j] = b2[j];
        }
        for (int i = 0; i < H; i++) {
            for (int j = 0; j < K; j++) {
                Z2[n][j] += W2_T[i][j] * A1[n][i];
            }
        }
    }
}

/* From the output to the loss E. */
static real loss_pass(Values *restrict values, const Batch *batch)
{
    real (*Z2)[K] = values->Z2; /* (N, K) */
    real (*Y)[K] = values->Y; /* (N, K) */
    real *M = values->M; /* (N,) */
    real (*S)[K] = values->S; /* (N, K) */
    real (*U)[K] = values->U; /* (N, K) */
    real *V = values->V; /* (N,) */
    real (*P)[K] = values->P; /* (N, K) */
    const int *T = batch->T; /* (N,) */
    /* [4] Y[n,j] = delta(j,T[n]) */
    for (int n = 0; n < N; n++) {
        for (int j = 0; j < K; j++) {
            Y[n][j] = j == T[n] ? 1 : 0;
        }
    }
    /* [5] M, of line 5 */
    for (int n = 0; n < N; n++) {
        real largest = Z2[n][0];
        for (int k = 1; k < K; k++) {
            largest = larger(largest, Z2[n][k]);
        }
        M[n] = largest;
    }
    /* [5] S, of line 5 */
    for (int n = 0; n < N; n++) {
        for (int j = 0; j < K; j++) {
            S[n][j] = Z2[n][j] - M[n];
        }
    }
    /* [5] U, of line 5 */
    for (int n = 0; n < N; n++) {
        for (int j = 0; j < K; j++) {
            U[n][j] = exponential(S[n][j]);
        }
    }
    /* [5] V, of line 5 */
    for (int n = 0; n < N; n++) {
        real sum = 0;
        for (int k = 0; k < K; k++) {
            sum += U[n][k];
        }
        V[n] = sum;
    }
    /* [5] P[n,j] = exp(Z2[n,j])/sum(k: exp(Z2[n,k])) */
    for (int n = 0; n < N; n++) {
        for (int j = 0; j < K; j++) {
            P[n][j] = U[n][j] / V[n];
        }
    }
    /* [6] E = -sum(n,j: Y[n,j]*log(P[n,j]))/N */
    {
        real sum = 0;
        for (int n = 0; n < N; n++) {
            const real part2 = REAL(log)(V[n]);
            for (int j = 0; j < K; j++) {
                sum += Y[n][j] * (S[n][j] - part2);
            }
        }
        values->E = -sum / N;
    }
    return values->E;
}

/* From the loss back, times seed: all of it is linear in that number. */
static void backward_pass(const Params *params, Values *restrict values, real seed)
{
    const real (*W2)[H] = params->W2; /* (K, H) */
    real (*Z1)[H] = values->Z1; /* (N, H) */
    real (*Y)[K] = values->Y; /* (N, K) */
    real (*P)[K] = values->P; /* (N, K) */
    real (*dZ2)[K] = values->dZ2; /* (N, K) */
    real (*dZ1)[H] = values->dZ1; /* (N, H) */
    /* [7] dZ2[n,j] = (P[n,j] - Y[n,j])/N */
    for (int n = 0; n < N; n++) {
        for (int j = 0; j < K; j++) {
            dZ2[n][j] = (P[n][j] - Y[n][j]) * seed / N;
        }
    }
    /* [10] dZ1[n,j] = where(Z1[n,j] > 0, sum(k: dZ2[n,k]*W2[k,j]), 0) */
    for (int n = 0; n < N; n++) {
        for (int j = 0; j < H; j++) {
            dZ1[n][j] = 0;
        }
        for (int k = 0; k < K; k++) {
            for (int j = 0; j < H; j++) {
                dZ1[n][j] += dZ2[n][k] * W2[k][j];
            }
        }
        for (int j = 0; j < H; j++) {
            dZ1[n][j] = Z1[n][j] > 0 ? dZ1[n][j] : 0;
        }
    }
}

/* Add seed times the gradients to parameters: a step where seed is -learning_rate. */
static void update_pass(Params *restrict into, const Values *values, const Batch *batch)
{
    real (*W1)[D] = into->W1; /* (H, D) */
    real *b1 = into->b1; /* (H,) */
    real (*W2)[H] = into->W2; /* (K, H) */
    real *b2 = into->b2; /* (K,) */
    const real (*A1)[H] = values->A1; /* (N, H) */
    const real (*dZ2)[K] = values->dZ2; /* (N, K) */
    const real (*dZ1)[H] = values->dZ1; /* (N, H) */
    const real (*X)[D] = batch->X; /* (N, D) */
    /* [8] dW2[j,i] = sum(n: dZ2[n,j]*A1[n,i]) */
    for (int j = 0; j < K; j++) {
        for (int n = 0; n < N; n++) {
            for (int i = 0; i < H; i++) {
                W2[j][i] += dZ2[n][j] * A1[n][i];
            }
        }
    }
    /* [9] db2[j] = sum(n: dZ2[n,j]) */
    for (int n = 0; n < N; n++) {
        for (int j = 0; j < K; j++) {
            b2[j] += dZ2[n][j];
        }
    }
    /* [11] dW1[j,i] = sum(n: dZ1[n,j]*X[n,i]) */
    for (int j = 0; j < H; j++) {
        for (int n = 0; n < N; n++) {
            for (int i = 0; i < D; i++) {
                W1[j][i] += dZ1[n][j] * X[n][i];
            }
        }
    }
    /* [12] db1[j] = sum(n: dZ1[n,j]) */
    for (int n = 0; n < N; n++) {
        for (int j = 0; j < H; j++) {
            b1[j] += dZ1[n][j];
        }
    }
}

size_t mnist_784_128_10_model_size(void)
{
    return sizeof(mnist_784_128_10_model);
}

void mnist_784_128_10_forward(mnist_784_128_10_model *model, const Batch *batch)
{
    forward_pass(&model->params, &model->values, batch);
}

real mnist_784_128_10_loss(mnist_784_128_10_model *model, const Batch *batch)
{
    forward_pass(&model->params, &model->values, batch);
    return loss_pass(&model->values, batch);
}

real mnist_784_128_10_gradients(mnist_784_128_10_model *model, const Batch *batch, Params *gradients)
{
    const real seed = 1;
    forward_pass(&model->params, &model->values, batch);
    const real E = loss_pass(&model->values, batch);
    backward_pass(&model->params, &model->values, seed);
    memset(gradients, 0, sizeof *gradients);
    update_pass(gradients, &model->values, batch);
    return E;
}

real mnist_784_128_10_step(mnist_784_128_10_model *model, const Batch *batch, real learning_rate)
{
    const real seed = -learning_rate;
    forward_pass(&model->params, &model->values, batch);
    const real E = loss_pass(&model->values, batch);
    backward_pass(&model->params, &model->values, seed);
    update_pass(&model->params, &model->values, batch);
    return E;
}

void mnist_784_128_10_train(mnist_784_128_10_model *model, const Batch *batch, real learning_rate, long steps,
    real *losses)
{
    for (long step = 0; step < steps; step++) {
        const real E = mnist_784_128_10_step(model, batch, learning_rate);
        if (losses)
            losses[step] = E;
    }
}
