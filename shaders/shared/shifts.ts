/** Products of f32 with powers of two, exact down to the subnormal numbers. */
export const shifts = /* wgsl */ `
fn power_of_two(exponent: i32) -> f32 {
  return bitcast<f32>(u32(exponent + 127) << 23u);
}

/// a · 2^exponent in two steps, since 2^exponent itself may be beyond f32.
fn shifted(a: f32, exponent: i32) -> f32 {
  let half = exponent / 2;
  return a * power_of_two(half) * power_of_two(exponent - half);
}

/// entry · 2^exponent. A GPU may take a subnormal f32 as zero: its value is computed from its digits, as an integer.
fn scaled(entry: u32, exponent: i32) -> f32 {
  let subnormal = (entry & 0x7f800000u) == 0;
  let digits = select(bitcast<f32>(entry & 0x7fffffffu), f32(entry & 0x007fffffu), subnormal);
  let magnitude = shifted(digits, select(exponent, exponent - 149, subnormal));
  return select(magnitude, -magnitude, (entry >> 31u) == 1);
}
`;
