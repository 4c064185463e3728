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
#include "worked_example_c.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#if WORKED_EXAMPLE_FLOAT
#define REAL(x) x##f /* a literal or a function of libm */
#define LARGEST FLT_MAX
#else
#define REAL(x) x
#define LARGEST DBL_MAX
#endif
#define EACH_LANE for (int lane = 0; lane < LANES; lane++)

typedef worked_example_real real;
typedef worked_example_params Params;
typedef worked_example_values Values;
typedef worked_example_batch Batch;
typedef worked_example_runs Runs;
enum {
    N = worked_example_N,
    D = worked_example_D,
    H = worked_example_H,
    K = worked_example_K,
    LANES = worked_example_LANES
};

#if !WORKED_EXAMPLE_FLOAT
/* exp(-a) for a >= 0, at most 1.0 ULP, without a branch and without a call, so
 * that several fit a vector register: -a = k*log(2) + r. Nothing overflows, so that one shift
 * makes 2**(k + 54), which is never subnormal; a result is made subnormal by 2**-54, last.
 * Cody & Waite, Software Manual for the Elementary Functions (1980), chapter 6; the
 * coefficients are those of exp(r). */
static inline double decay_double(double a)
{
    const double held = a > 746.0 ? 746.0 : a;
    const double shift = 6755399441055744.0; /* 1.5 * 2**52: its last bits count ones */
    const double turns = shift - held * 1.4426950408889634;
    const double k = turns - shift;
    const double r = -held - k * 0.6931471805598903 - k * 5.497923018708371e-14;
    const double r2 = r * r, r4 = r2 * r2;
    const double p = 0.5 + 0.1666666666666667 * r
        + (0.04166666666666667 + 0.008333333333326112 * r) * r2;
    const double q = 0.001388888888888373 + 0.0001984126987490126 * r
        + (2.4801587325605324e-05 + 2.7557255297969643e-06 * r) * r2;
    const double s = 2.755727357010214e-07 + 2.5105259538448494e-08 * r + 2.0914717341716378e-09 * r2;
    const double grown = r + (p + (q + s * r4) * r4) * r2; /* exp(r) - 1 */
    uint64_t whole;
    memcpy(&whole, &turns, sizeof whole);
    const uint64_t first_bits = (whole + 1077) << 52; /* 54 + 1023 */
    double first;
    memcpy(&first, &first_bits, sizeof first);
    return (grown * first + first) * 5.551115123125783e-17; /* 2**-54 */
}
#endif

#if WORKED_EXAMPLE_FLOAT
/* exp(-a) in float for a >= 0, at most 1.0 ULP, in the same way. */
static inline float decay_float(float a)
{
    const float held = a > 104.0f ? 104.0f : a;
    const float shift = 12582912.0f; /* 1.5 * 2**23 */
    const float turns = shift - held * 1.442695f;
    const float k = turns - shift;
    const float r = -held - k * 0.693145751953125f - k * 1.4286068e-06f;
    const float r2 = r * r;
    const float p = 0.5f + 0.16666576f * r;
    const float q = 0.041666556f + 0.008363203f * r + 0.0013926213f * r2;
    const float grown = r + (p + q * r2) * r2; /* exp(r) - 1 */
    uint32_t whole;
    memcpy(&whole, &turns, sizeof whole);
    const uint32_t first_bits = (whole + 152) << 23; /* 25 + 127 */
    float first;
    memcpy(&first, &first_bits, sizeof first);
    return (grown * first + first) * 2.9802322e-08f; /* 2**-25 */
}
#define decay decay_float
#else
#define decay decay_double
#endif

static inline real square(real x)
{
    return x * x;
}

/* The same, and the slope: at most 2.70 ULP, at -6.96123 (2270 points) in double. A
 * reciprocal taken once adds at most 2 ULP to each. */
static inline real sigmoid_and_slope(real x, real *slope)
{
    const real a = REAL(fabs)(x);
    const real q = decay(a);
    const real inverse = REAL(1.0) / (1 + q);
    const real arm = q * inverse;
    *slope = q * inverse * inverse;
    return x < 0 ? arm : inverse;
}

/* From the inputs to the output A2. */
static void forward_pass(const Params *params, Values *restrict values, const Batch *batch)
{
    const real (*W1)[D] = params->W1; /* (H, D) */
    const real (*W2)[H] = params->W2; /* (K, H) */
    real (*Z1)[H] = values->Z1; /* (N, H) */
    real (*A1)[H] = values->A1; /* (N, H) */
    real (*A1_slope)[H] = values->A1_slope; /* (N, H) */
    real (*Z2)[K] = values->Z2; /* (N, K) */
    real (*A2)[K] = values->A2; /* (N, K) */
    real (*A2_slope)[K] = values->A2_slope; /* (N, K) */
    const real (*X)[D] = batch->X; /* (N, D) */
    /* [1] Z1[n,j] = sum(i: W1[j,i]*X[n,i]) */
    for (int n = 0; n < N; n++) {
        for (int j = 0; j < H; j++) {
            real sum = 0;
            for (int i = 0; i < D; i++) {
                sum += W1[j][i] * X[n][i];
            }
            Z1[n][j] = sum;
        }
    }
    /* [2] A1[n,j] = 1/(1 + exp(-Z1[n,j])) */
    for (int n = 0; n < N; n++) {
        for (int j = 0; j < H; j++) {
            A1[n][j] = sigmoid_and_slope(Z1[n][j], &A1_slope[n][j]);
        }
    }
    /* [3] Z2[n,j] = sum(i: W2[j,i]*A1[n,i]) */
    for (int n = 0; n < N; n++) {
        for (int j = 0; j < K; j++) {
            real sum = 0;
            for (int i = 0; i < H; i++) {
                sum += W2[j][i] * A1[n][i];
            }
            Z2[n][j] = sum;
        }
    }
    /* [4] A2[n,j] = 1/(1 + exp(-Z2[n,j])) */
    for (int n = 0; n < N; n++) {
        for (int j = 0; j < K; j++) {
            A2[n][j] = sigmoid_and_slope(Z2[n][j], &A2_slope[n][j]);
        }
    }
}

/* From the output to the loss E. */
static real loss_pass(Values *restrict values, const Batch *batch)
{
    real (*A2)[K] = values->A2; /* (N, K) */
    const real (*T)[K] = batch->T; /* (N, K) */
    /* [5] E = sum(n,j: (A2[n,j] - T[n,j])**2)/2 */
    {
        real sum = 0;
        for (int n = 0; n < N; n++) {
            for (int j = 0; j < K; j++) {
                sum += square(A2[n][j] - T[n][j]);
            }
        }
        values->E = sum / 2;
    }
    return values->E;
}

/* From the loss back, times seed: all of it is linear in that number. */
static void backward_pass(const Params *params, Values *restrict values, const Batch *batch, real seed)
{
    const real (*W2)[H] = params->W2; /* (K, H) */
    real (*A1_slope)[H] = values->A1_slope; /* (N, H) */
    real (*A2)[K] = values->A2; /* (N, K) */
    real (*A2_slope)[K] = values->A2_slope; /* (N, K) */
    real (*dZ2)[K] = values->dZ2; /* (N, K) */
    real (*dZ1)[H] = values->dZ1; /* (N, H) */
    const real (*T)[K] = batch->T; /* (N, K) */
    /* [6] dZ2[n,j] = (A2[n,j] - T[n,j])*A2[n,j]*(1 - A2[n,j]) */
    for (int n = 0; n < N; n++) {
        for (int j = 0; j < K; j++) {
            dZ2[n][j] = (A2[n][j] - T[n][j]) * A2_slope[n][j] * seed;
        }
    }
    /* [8] dZ1[n,j] = sum(k: dZ2[n,k]*W2[k,j])*A1[n,j]*(1 - A1[n,j]) */
    for (int n = 0; n < N; n++) {
        for (int j = 0; j < H; j++) {
            real sum = 0;
            for (int k = 0; k < K; k++) {
                sum += dZ2[n][k] * W2[k][j];
            }
            dZ1[n][j] = A1_slope[n][j] * sum;
        }
    }
}

/* Add seed times the gradients to parameters: a step where seed is -learning_rate. */
static void update_pass(Params *restrict into, const Values *values, const Batch *batch)
{
    real (*W1)[D] = into->W1; /* (H, D) */
    real (*W2)[H] = into->W2; /* (K, H) */
    const real (*A1)[H] = values->A1; /* (N, H) */
    const real (*dZ2)[K] = values->dZ2; /* (N, K) */
    const real (*dZ1)[H] = values->dZ1; /* (N, H) */
    const real (*X)[D] = batch->X; /* (N, D) */
    /* [7] dW2[j,i] = sum(n: dZ2[n,j]*A1[n,i]) */
    for (int j = 0; j < K; j++) {
        for (int i = 0; i < H; i++) {
            real sum = 0;
            for (int n = 0; n < N; n++) {
                sum += dZ2[n][j] * A1[n][i];
            }
            W2[j][i] += sum;
        }
    }
    /* [9] dW1[j,i] = sum(n: dZ1[n,j]*X[n,i]) */
    for (int j = 0; j < H; j++) {
        for (int i = 0; i < D; i++) {
            real sum = 0;
            for (int n = 0; n < N; n++) {
                sum += dZ1[n][j] * X[n][i];
            }
            W1[j][i] += sum;
        }
    }
}

size_t worked_example_model_size(void)
{
    return sizeof(worked_example_model);
}

void worked_example_forward(worked_example_model *model, const Batch *batch)
{
    forward_pass(&model->params, &model->values, batch);
}

real worked_example_loss(worked_example_model *model, const Batch *batch)
{
    forward_pass(&model->params, &model->values, batch);
    return loss_pass(&model->values, batch);
}

real worked_example_gradients(worked_example_model *model, const Batch *batch, Params *gradients)
{
    const real seed = 1;
    forward_pass(&model->params, &model->values, batch);
    const real E = loss_pass(&model->values, batch);
    backward_pass(&model->params, &model->values, batch, seed);
    memset(gradients, 0, sizeof *gradients);
    update_pass(gradients, &model->values, batch);
    return E;
}

real worked_example_step(worked_example_model *model, const Batch *batch, real learning_rate)
{
    const real seed = -learning_rate;
    forward_pass(&model->params, &model->values, batch);
    const real E = loss_pass(&model->values, batch);
    backward_pass(&model->params, &model->values, batch, seed);
    update_pass(&model->params, &model->values, batch);
    return E;
}

void worked_example_train(worked_example_model *model, const Batch *batch, real learning_rate, long steps,
    real *losses)
{
    for (long step = 0; step < steps; step++) {
        const real E = worked_example_step(model, batch, learning_rate);
        if (losses)
            losses[step] = E;
    }
}

/* A step of each run: the same lines, every number an array of runs. */
static void step_runs(Runs *restrict runs, const Batch *batch)
{
    real (*W1)[D][LANES] = runs->W1; /* (H, D) */
    real (*W2)[H][LANES] = runs->W2; /* (K, H) */
    real (*Z1)[H][LANES] = runs->Z1; /* (N, H) */
    real (*A1)[H][LANES] = runs->A1; /* (N, H) */
    real (*A1_slope)[H][LANES] = runs->A1_slope; /* (N, H) */
    real (*Z2)[K][LANES] = runs->Z2; /* (N, K) */
    real (*A2)[K][LANES] = runs->A2; /* (N, K) */
    real (*A2_slope)[K][LANES] = runs->A2_slope; /* (N, K) */
    real (*dZ2)[K][LANES] = runs->dZ2; /* (N, K) */
    real (*dZ1)[H][LANES] = runs->dZ1; /* (N, H) */
    const real (*X)[D] = batch->X; /* (N, D) */
    const real (*T)[K] = batch->T; /* (N, K) */
    /* [1] Z1[n,j] = sum(i: W1[j,i]*X[n,i]) */
    for (int n = 0; n < N; n++) {
        for (int j = 0; j < H; j++) {
            real sum[LANES];
            EACH_LANE sum[lane] = 0;
            for (int i = 0; i < D; i++) {
                EACH_LANE sum[lane] += W1[j][i][lane] * X[n][i];
            }
            EACH_LANE Z1[n][j][lane] = sum[lane];
        }
    }
    /* [2] A1[n,j] = 1/(1 + exp(-Z1[n,j])) */
    for (int n = 0; n < N; n++) {
        for (int j = 0; j < H; j++) {
            EACH_LANE A1[n][j][lane] = sigmoid_and_slope(Z1[n][j][lane],
                    &A1_slope[n][j][lane]);
        }
    }
    /* [3] Z2[n,j] = sum(i: W2[j,i]*A1[n,i]) */
    for (int n = 0; n < N; n++) {
        for (int j = 0; j < K; j++) {
            real sum[LANES];
            EACH_LANE sum[lane] = 0;
            for (int i = 0; i < H; i++) {
                EACH_LANE sum[lane] += W2[j][i][lane] * A1[n][i][lane];
            }
            EACH_LANE Z2[n][j][lane] = sum[lane];
        }
    }
    /* [4] A2[n,j] = 1/(1 + exp(-Z2[n,j])) */
    for (int n = 0; n < N; n++) {
        for (int j = 0; j < K; j++) {
            EACH_LANE A2[n][j][lane] = sigmoid_and_slope(Z2[n][j][lane],
                    &A2_slope[n][j][lane]);
        }
    }
    /* [5] E = sum(n,j: (A2[n,j] - T[n,j])**2)/2 */
    {
        real sum[LANES];
        EACH_LANE sum[lane] = 0;
        for (int n = 0; n < N; n++) {
            for (int j = 0; j < K; j++) {
                EACH_LANE sum[lane] += square(A2[n][j][lane] - T[n][j]);
            }
        }
        EACH_LANE runs->E[lane] = sum[lane] / 2;
    }
    /* [6] dZ2[n,j] = (A2[n,j] - T[n,j])*A2[n,j]*(1 - A2[n,j]) */
    for (int n = 0; n < N; n++) {
        for (int j = 0; j < K; j++) {
            EACH_LANE dZ2[n][j][lane] = (A2[n][j][lane] - T[n][j]) *
                    A2_slope[n][j][lane] * runs->seed[lane];
        }
    }
    /* [8] dZ1[n,j] = sum(k: dZ2[n,k]*W2[k,j])*A1[n,j]*(1 - A1[n,j]) */
    for (int n = 0; n < N; n++) {
        for (int j = 0; j < H; j++) {
            real sum[LANES];
            EACH_LANE sum[lane] = 0;
            for (int k = 0; k < K; k++) {
                EACH_LANE sum[lane] += dZ2[n][k][lane] * W2[k][j][lane];
            }
            EACH_LANE dZ1[n][j][lane] = A1_slope[n][j][lane] * sum[lane];
        }
    }
    /* [7] dW2[j,i] = sum(n: dZ2[n,j]*A1[n,i]) */
    for (int j = 0; j < K; j++) {
        for (int i = 0; i < H; i++) {
            real sum[LANES];
            EACH_LANE sum[lane] = 0;
            for (int n = 0; n < N; n++) {
                EACH_LANE sum[lane] += dZ2[n][j][lane] * A1[n][i][lane];
            }
            EACH_LANE W2[j][i][lane] += sum[lane];
        }
    }
    /* [9] dW1[j,i] = sum(n: dZ1[n,j]*X[n,i]) */
    for (int j = 0; j < H; j++) {
        for (int i = 0; i < D; i++) {
            real sum[LANES];
            EACH_LANE sum[lane] = 0;
            for (int n = 0; n < N; n++) {
                EACH_LANE sum[lane] += dZ1[n][j][lane] * X[n][i];
            }
            EACH_LANE W1[j][i][lane] += sum[lane];
        }
    }
}

/* Copy one run's parameters into a lane, or back. */
static void put_run(Runs *runs, int lane, const Params *params)
{
    for (int i = 0; i < H; i++)
        for (int j = 0; j < D; j++)
            runs->W1[i][j][lane] = params->W1[i][j];
    for (int i = 0; i < K; i++)
        for (int j = 0; j < H; j++)
            runs->W2[i][j][lane] = params->W2[i][j];
}

static void get_run(const Runs *runs, int lane, Params *params)
{
    for (int i = 0; i < H; i++)
        for (int j = 0; j < D; j++)
            params->W1[i][j] = runs->W1[i][j][lane];
    for (int i = 0; i < K; i++)
        for (int j = 0; j < H; j++)
            params->W2[i][j] = runs->W2[i][j][lane];
}

size_t worked_example_runs_size(void)
{
    return sizeof(Runs);
}

void worked_example_sweep(Runs *runs, const Batch *batch, Params *params, const real *learning_rates,
    long count, long steps, real *losses)
{
    for (long start = 0; start < count; start += LANES) {
        const int used = count - start < LANES ? (int)(count - start) : LANES;
        for (int lane = 0; lane < LANES; lane++) {
            const long run = start + (lane < used ? lane : 0); /* what is left repeats the first */
            put_run(runs, lane, &params[run]);
            runs->seed[lane] = -learning_rates[run];
        }
        for (long step = 0; step < steps; step++) {
            step_runs(runs, batch);
            if (losses)
                for (int lane = 0; lane < used; lane++)
                    losses[(start + lane) * steps + step] = runs->E[lane];
        }
        for (int lane = 0; lane < used; lane++)
            get_run(runs, lane, &params[start + lane]);
    }
}
