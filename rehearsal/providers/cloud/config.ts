import type { Plain } from "./kind";

/** The engine's spelling of a provider's configuration: whatever is no text is JSON in a text. */
export function configOf(config: Plain): Plain {
  const { version, pluginDownloadURL, __internal, ...fields } = config;
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, typeof value === "string" ? parsed(value) : value]),
  );
}

function parsed(text: string): unknown {
  if (!/^[[{]/.test(text) && text !== "true" && text !== "false") return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
