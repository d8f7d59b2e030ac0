/** Figures as people read them. */

const format = (value: number, digits: number) =>
  // A figure that rounds to nothing has no sign.
  (Math.abs(value) < 0.5 * 10 ** -digits ? 0 : value).toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });

export const money = (value: number): string => format(value, 2);

/** With its sign. */
export function signed(value: number, digits = 2): string {
  const figure = format(value, digits);
  return value > 0 && /[1-9]/.test(figure) ? `+${figure}` : figure;
}

export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
