import { z } from "zod";
import { model, type StatedModel } from "./model";
import { name } from "./names";

/** Many models that are alike: what they share is stated once, and what each differs in is a row of a table. */

/** A field of a model as a template or a row states it: whether it is there at all is for the model they make. */
const optional = (field: z.ZodType): z.ZodType =>
  (field instanceof z.ZodDefault ? (field.unwrap() as z.ZodType) : field).optional();

const fields = Object.fromEntries(
  Object.entries(model.shape).map(([key, field]) => [key, optional(field as z.ZodType)]),
) as { [key in keyof typeof model.shape]: z.ZodOptional<(typeof model.shape)[key]> };

const { name: _name, ...shared } = fields;

const row = z.strictObject({ ...fields, name });

export const fleet = z.strictObject({
  name,
  template: z.strictObject(shared).describe("What all models of the fleet state."),
  table: z
    .string()
    .regex(/^[\w-][\w/-]*\.csv$/, "a CSV file beside the stack's, such as shops.csv")
    .optional()
    .describe(
      "A CSV file beside the stack's: a row for each model, and a column for each field, such as source.revision.",
    ),
  rows: z
    .array(row)
    .default([])
    .describe("Models by what they differ in. A field of a row takes the place of the template's."),
});

export type Fleet = z.output<typeof fleet>;

type Path = (string | number)[];

/**
 * The models that fleets come to, each with the path of its row, under which it is reported.
 *
 * @param report takes an issue of the schema, for a template and a row that do not make a model
 */
export function modelsOf(
  fleets: readonly Fleet[],
  at: Path,
  report: (issue: z.core.$ZodIssue) => void,
  given: Partial<StatedModel> = {},
): { readonly model: StatedModel; readonly at: Path }[] {
  return fleets.flatMap(({ template, rows }, index) =>
    rows.flatMap((stated, number) => {
      const path = [...at, index, "rows", number];
      const parsed = model.safeParse({ ...template, ...present(stated), ...given });
      if (parsed.success) {
        return [{ model: parsed.data, at: path }];
      }
      for (const issue of parsed.error.issues) {
        report({ ...issue, path: [...path, ...issue.path] });
      }
      return [];
    }),
  );
}

const present = (stated: object) =>
  Object.fromEntries(Object.entries(stated).filter(([, value]) => value !== undefined));
