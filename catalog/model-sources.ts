/** NVIDIA's copies of the publishers' `config.json`. */
export const configs = "PyPI aiconfigurator-core 0.12.0 aiconfigurator_core/model_configs (config.json)";
/** A copy of the same by someone else, for what NVIDIA's lacks. */
export const copies =
  "citsjtu2020/LLM-Prof sglang/Model_Config.md at 8434c8d19c396b2f95d92a67845a7c0a0e0dd512 (config.json)";
export const day = "2026-11-21";
