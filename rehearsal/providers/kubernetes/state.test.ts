import { describe, expect, it } from "vitest";
import { fromOutputs, inputsFromLive, toOutputs } from "./state";
import { Secret } from "./values";

describe("the state of a resource", () => {
  it("comes back from the outputs, secrets closed in between", () => {
    const inputs = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, stringData: { a: "b" } };
    const live = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s", uid: "u", managedFields: [{}] },
      data: { a: "Yg==" },
    };
    const outputs = toOutputs(inputs, live, "manager", "v1");
    expect(outputs.data).toEqual(new Secret({ a: "Yg==" }));
    expect(outputs.__inputs).toMatchObject({ stringData: new Secret({ a: "b" }) });
    expect(outputs.metadata).toEqual({ name: "s", uid: "u" });
    expect(fromOutputs(outputs)).toEqual({
      live: { ...live, metadata: { name: "s", uid: "u" } },
      inputs,
      fieldManager: "manager",
      initialApiVersion: "v1",
    });
  });

  it("spells dashed keys of definitions as the SDK does", () => {
    const live = { kind: "CustomResourceDefinition", spec: { "x-kubernetes-list-type": "map" } };
    const outputs = toOutputs({}, live, "m", "v1");
    expect(outputs.spec).toEqual({ x_kubernetes_list_type: "map" });
    expect(fromOutputs(outputs).live.spec).toEqual(live.spec);
  });
});

describe("drift", () => {
  const inputs = { spec: { cpu: "1000m", replicas: 3, ports: [{ port: 80 }], labels: { a: "b" } } };
  const before = {
    spec: { cpu: "1", replicas: 3, ports: [{ port: 80, protocol: "TCP" }], labels: { a: "b" } },
    status: {},
  };

  it("is none where the live object is what it was, however it spells the values", () => {
    const now = { ...before, status: { ready: true } };
    expect(inputsFromLive(inputs, before, now)).toEqual(inputs);
  });

  it("shows in the fields that the inputs manage, and in no other", () => {
    const now = { spec: { cpu: "2", replicas: 3, ports: [{ port: 81, protocol: "UDP" }], extra: 1 } };
    expect(inputsFromLive(inputs, before, now)).toEqual({ spec: { cpu: "2", replicas: 3, ports: [{ port: 81 }] } });
  });

  it("is never in the status, though manifests of definitions have one", () => {
    const definition = { spec: { group: "g" }, status: { conditions: null } };
    const now = { spec: { group: "g" }, status: { conditions: [{ type: "Established" }] } };
    expect(inputsFromLive(definition, { spec: { group: "g" }, status: {} }, now)).toEqual(definition);
  });

  it("is found behind stringData", () => {
    const secret = { kind: "Secret", stringData: { a: "1", b: "2", c: "3" } };
    const was = { data: { a: btoa("1"), b: btoa("2"), c: btoa("3") } };
    const is = { data: { a: btoa("1"), b: btoa("changed") } };
    expect(inputsFromLive(secret, was, is)).toEqual({ kind: "Secret", stringData: { a: "1", b: "changed" } });
  });
});
