import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { ELEMENT_WORKGROUP, elementIndex } from "./shared/grid.ts";

// A step of a linear method with momentum, of a batch of runs, from the gradient at the point p:
//   d ← momentum·d − rate·P·gradient,  w ← w + d,  p ← w + extrapolation·d
// with P = 1, or `preconditioned` identity·1 + V diag(factors) Vᵀ, whose second part comes as a vector of its own.
// One thread = one weight of a run.
export const momentumStep = ({ preconditioned }: { preconditioned: boolean }) => wgsl`
${elementIndex}

struct step_params {
  cols: u32,
  length: u32,       // runs · cols
  shares: u32,       // of the gradient
  methods: u32,      // rows of a step's coefficients: one for all runs, or one a run
  table: u32,        // steps of the table of coefficients
  identity: f32,
}

@group(0) @binding(0) var<uniform> params: step_params;
@group(0) @binding(1) var<storage, read> gradients: array<f32>;          // shares × runs × cols
@group(0) @binding(2) var<storage, read> coefficients: array<vec4f>;     // table × methods: momentum, rate, extrapolation
@group(0) @binding(3) var<storage, read> step: array<u32>;               // steps done before this one
@group(0) @binding(4) var<storage, read_write> weights: array<f32>;      // runs × cols
@group(0) @binding(5) var<storage, read_write> velocity: array<f32>;     // runs × cols
@group(0) @binding(6) var<storage, read_write> point: array<f32>;        // runs × cols
#if ${preconditioned}
@group(0) @binding(7) var<storage, read> correction: array<f32>;         // runs × cols: V diag(factors) Vᵀ·gradient
#endif

@compute @workgroup_size(${ELEMENT_WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = element_index(group, groups, thread);
  if (index >= params.length) { return; }
  var gradient = 0.0;
  for (var share = 0u; share < params.shares; share++) { gradient += gradients[share * params.length + index]; }
#if ${preconditioned}
  gradient = params.identity * gradient + correction[index];
#endif
  let method = select(index / params.cols, 0u, params.methods == 1);
  let own = coefficients[(step[0] % params.table) * params.methods + method];
  let moved = own.x * velocity[index] - own.y * gradient;
  let weight = weights[index] + moved;
  velocity[index] = moved;
  weights[index] = weight;
  point[index] = weight + own.z * moved;
}
`;
