import type { Environment } from "../../stacks/environment";

type Tuple = Environment["authorization"]["tuples"][number];

/** Who may stand on the left of a tuple: any object of a type, or the set of those in a relation to one. */
interface Assignable {
  readonly type: string;
  readonly relation?: string;
}

/** How a relation follows: from tuples (`this`), from another relation of the same object, or from either. */
type Userset =
  | { readonly this: Record<string, never> }
  | { readonly computedUserset: { readonly relation: string } }
  | { readonly union: { readonly child: readonly Userset[] } };

interface TypeDefinition {
  readonly type: string;
  readonly relations?: Readonly<Record<string, Userset>>;
  readonly metadata?: {
    readonly relations: Readonly<Record<string, { readonly directly_related_user_types?: readonly Assignable[] }>>;
  };
}

/** An authorization model as OpenFGA's API takes it. Source: openfga.dev, configuration language, schema 1.1. */
interface AuthorizationModel {
  readonly schema_version: "1.1";
  readonly type_definitions: readonly TypeDefinition[];
}

const direct: Userset = { this: {} };
const people: readonly Assignable[] = [{ type: "user" }, { type: "team", relation: "member" }];

/**
 * Who may do what on the platform. Teams have members; models and agents have owners; whoever owns a model may call it,
 * and so may the people, teams and agents that are named as its callers.
 */
export const authorizationModel: AuthorizationModel = {
  schema_version: "1.1",
  type_definitions: [
    { type: "user" },
    {
      type: "team",
      relations: { member: direct },
      metadata: { relations: { member: { directly_related_user_types: [{ type: "user" }] } } },
    },
    {
      type: "agent",
      relations: { owner: direct },
      metadata: { relations: { owner: { directly_related_user_types: people } } },
    },
    {
      type: "model",
      relations: {
        owner: direct,
        caller: { union: { child: [direct, { computedUserset: { relation: "owner" } }] } },
      },
      metadata: {
        relations: {
          owner: { directly_related_user_types: people },
          caller: { directly_related_user_types: [...people, { type: "agent" }] },
        },
      },
    },
  ],
};

/** Says what is wrong with a tuple under a model, or nothing. */
function fault(model: AuthorizationModel, tuple: Tuple): string | undefined {
  const types = model.type_definitions;
  const objectType = typeOf(tuple.object);
  const definition = types.find(({ type }) => type === objectType);
  if (definition === undefined) {
    return `object ${tuple.object}: there is no type ${objectType}, only ${types.map(({ type }) => type).join(", ")}`;
  }
  const relations = definition.metadata?.relations ?? {};
  const relation = relations[tuple.relation];
  if (relation === undefined) {
    const known = Object.keys(relations).join(", ");
    return `relation ${tuple.relation}: type ${objectType} has ${known === "" ? "no relations" : `only ${known}`}`;
  }
  const assignable = (relation.directly_related_user_types ?? []).map(({ type, relation: of }) =>
    of === undefined ? type : `${type}#${of}`,
  );
  const [userObject = "", userRelation] = tuple.user.split("#");
  const wildcard = userObject.endsWith(":*") ? ":*" : "";
  const given = `${typeOf(userObject)}${wildcard}${userRelation === undefined ? "" : `#${userRelation}`}`;
  if (!assignable.includes(given)) {
    return `user ${tuple.user}: ${objectType}#${tuple.relation} can be given to ${assignable.join(", ")}, not to ${given}`;
  }
  return undefined;
}

const typeOf = (object: string) => object.slice(0, object.indexOf(":"));

/**
 * Checks that every tuple has a place in the model: its types and relation exist, and the relation can be given to that
 * kind of user. OpenFGA would refuse the others too, but only once everything else stands.
 *
 * @throws one error that names every tuple that does not fit, by its path in the environment.
 */
export function checkTuples(tuples: readonly Tuple[], model: AuthorizationModel = authorizationModel): void {
  const faults = tuples.flatMap((tuple, index) => {
    const found = fault(model, tuple);
    return found === undefined ? [] : [`authorization.tuples[${index}]: ${found}`];
  });
  if (faults.length > 0) {
    throw new Error(`tuples that do not fit the authorization model\n  ${faults.join("\n  ")}`);
  }
}
