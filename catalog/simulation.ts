/**
 * Versions that a simulated GPU reports as its driver's. They are what the DRA driver's own tests pretend for Blackwell
 * (kubernetes-sigs/dra-driver-nvidia-gpu hack/ci/mock-nvml/common.sh, 570.170.01 as semver, read at a commit of
 * 2026-05-15); CUDA 12.8 is what NVIDIA's release notes pair with the 570 branch.
 */
export const simulatedDriver = { driverVersion: "570.170.1", cudaDriverVersion: "12.8.0" } as const;
