import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

/**
 * What an SDK's declarations (`.d.ts`) say of a resource's inputs and outputs. Only the files of the types in use are
 * parsed; of the declarations of nested types, which are several megabytes, only the interfaces that are asked for.
 *
 * Parsed with the TypeScript compiler, a development dependency: rehearsals are run from a checkout.
 */
export interface Declaration {
  readonly inputs: Fields;
  /** Those that may not be undefined are the cloud's to fill when the program leaves them out. */
  readonly outputs: Fields;
}

export type Fields = ReadonlyMap<string, Field>;

export interface Field {
  readonly type: Type;
  readonly required: boolean;
}

export type Type =
  | { readonly kind: "string" | "number" | "boolean" | "any" }
  /** A class of the SDK: a resource in place of its id. */
  | { readonly kind: "reference" }
  | { readonly kind: "list" | "map"; readonly of: Type }
  | { readonly kind: "union"; readonly of: readonly Type[] }
  | { readonly kind: "object"; readonly name: string; readonly fields: () => Fields };

export class Declarations {
  private readonly root: string;
  private readonly declared = new Map<string, Declaration>();
  private readonly interfaces = new Map<string, Fields>();
  private readonly texts = new Map<string, string>();

  /** `sdk`: the package's name, such as `@pulumi/aws`. */
  constructor(private readonly sdk: string) {
    this.root = path.dirname(require.resolve(`${sdk}/package.json`));
  }

  /** @throws Error when the SDK has no such resource. */
  of(token: string): Declaration {
    let declaration = this.declared.get(token);
    if (!declaration) {
      declaration = this.read(token);
      this.declared.set(token, declaration);
    }
    return declaration;
  }

  private read(token: string): Declaration {
    const [, module = "", name = ""] = token.split(":");
    const folder = path.join(this.root, path.dirname(module));
    // Tokens spell iAMMember what the file system knows as iammember.
    const wanted = `${path.basename(module)}.d.ts`.toLowerCase();
    const file = readdirSync(folder).find((entry) => entry.toLowerCase() === wanted);
    if (!file) throw new Error(`${this.sdk} has no declarations of ${token} in ${path.dirname(module)}/`);
    const source = parse(readFileSync(path.join(folder, file), "utf8"));
    const args = source.statements.find((node) => ts.isInterfaceDeclaration(node) && node.name.text === `${name}Args`);
    const resource = source.statements.find((node) => ts.isClassDeclaration(node) && node.name?.text === name);
    if (!args || !resource) throw new Error(`${this.sdk} declares no ${name} with ${name}Args in ${file}`);
    return {
      inputs: this.fields((args as ts.InterfaceDeclaration).members),
      outputs: this.fields((resource as ts.ClassDeclaration).members),
    };
  }

  private fields(members: ts.NodeArray<ts.TypeElement | ts.ClassElement>): Fields {
    const fields = new Map<string, Field>();
    for (const member of members) {
      if (!(ts.isPropertySignature(member) || ts.isPropertyDeclaration(member)) || !member.type) continue;
      if (!ts.isIdentifier(member.name) && !ts.isStringLiteral(member.name)) continue;
      if (ts.canHaveModifiers(member) && ts.getModifiers(member)?.some(({ kind }) => kind === STATIC)) continue;
      const required = member.questionToken === undefined && !allowsUndefined(member.type);
      fields.set(member.name.text, { type: this.type(member.type), required });
    }
    return fields;
  }

  private type(node: ts.TypeNode): Type {
    if (ts.isParenthesizedTypeNode(node)) return this.type(node.type);
    if (ts.isUnionTypeNode(node)) {
      const of = node.types
        .filter(({ kind }) => kind !== ts.SyntaxKind.UndefinedKeyword)
        .map((part) => this.type(part));
      return of.length === 1 ? of[0]! : { kind: "union", of };
    }
    if (ts.isArrayTypeNode(node)) return { kind: "list", of: this.type(node.elementType) };
    if (ts.isTypeLiteralNode(node)) {
      const index = node.members.find(ts.isIndexSignatureDeclaration);
      return index ? { kind: "map", of: this.type(index.type) } : { kind: "any" };
    }
    if (ts.isTypeReferenceNode(node)) return this.named(node);
    switch (node.kind) {
      case ts.SyntaxKind.StringKeyword:
        return { kind: "string" };
      case ts.SyntaxKind.NumberKeyword:
        return { kind: "number" };
      case ts.SyntaxKind.BooleanKeyword:
        return { kind: "boolean" };
      default:
        return { kind: "any" };
    }
  }

  private named(node: ts.TypeReferenceNode): Type {
    const name = node.typeName.getText();
    if (/^pulumi\.(Input|Output)$/.test(name)) return this.type(node.typeArguments![0]!);
    const nested = /^(in|out)puts\.(.+)$/.exec(name);
    if (nested) {
      const file = `types/${nested[1]}put.d.ts`;
      return { kind: "object", name: nested[2]!, fields: () => this.nested(file, nested[2]!) };
    }
    if (name.startsWith("enums.") || name === "ARN") return { kind: "string" };
    return { kind: "reference" };
  }

  /** An interface of the nested types: `eks.ClusterVpcConfig`, or without a namespace. */
  private nested(file: string, name: string): Fields {
    const key = `${file}#${name}`;
    let fields = this.interfaces.get(key);
    if (!fields) {
      const [interfaceName, ...namespaces] = name.split(".").reverse() as [string, ...string[]];
      const text = this.interfaceText(file, interfaceName, namespaces.reverse());
      if (text === undefined) throw new Error(`${this.sdk} declares no ${name} in ${file}`);
      fields = this.fields((parse(text).statements[0] as ts.InterfaceDeclaration).members);
      this.interfaces.set(key, fields);
    }
    return fields;
  }

  /** The generated files indent by four spaces a level, so that the end of a block is known by its brace's column. */
  private interfaceText(file: string, name: string, namespaces: readonly string[]): string | undefined {
    let text = this.texts.get(file);
    if (text === undefined) {
      text = `\n${readFileSync(path.join(this.root, file), "utf8")}`;
      this.texts.set(file, text);
    }
    let [from, to, indent] = [0, text.length, "\n"];
    const narrow = (opening: string) => {
      const start = text.indexOf(`${indent}${opening} {\n`, from);
      if (start < 0 || start >= to) return false;
      from = start + 1;
      to = text.indexOf(`${indent}}\n`, from) + indent.length + 1;
      return true;
    };
    for (const namespace of namespaces) {
      if (!narrow(`${indent === "\n" ? "export declare " : ""}namespace ${namespace}`)) return undefined;
      indent += "    ";
    }
    if (!narrow(`${indent === "\n" ? "export " : ""}interface ${name}`)) return undefined;
    return text.slice(from, to);
  }
}

const STATIC = ts.SyntaxKind.StaticKeyword;

const parse = (text: string) => ts.createSourceFile("declarations.d.ts", text, ts.ScriptTarget.Latest, true);

function allowsUndefined(node: ts.TypeNode): boolean {
  if (node.kind === ts.SyntaxKind.UndefinedKeyword) return true;
  if (ts.isUnionTypeNode(node)) return node.types.some(allowsUndefined);
  return ts.isTypeReferenceNode(node) && (node.typeArguments ?? []).some(allowsUndefined);
}
