import * as node from "./nodeRecipes.ts";
import * as engine from "./pulumiRecipes.ts";
import type { GoRecipe } from "./recipe.ts";

/** All recipes, by name. */
export const recipes = {
  pulumi: engine.pulumi,
  "terraform-provider": engine.terraformProvider,
  "libvirt-provider": engine.libvirtProvider,
  "tls-plugin": engine.tlsPlugin,
  kubernetes: node.kubernetes,
  etcd: node.etcd,
  containerd: node.containerd,
  "cri-o": node.crio,
  runc: node.runc,
  "cni-plugins": node.cniPlugins,
  crictl: node.crictl,
  flannel: node.flannel,
  coredns: node.coredns,
  agnhost: node.agnhost,
} as const satisfies Record<string, GoRecipe>;

export type RecipeName = keyof typeof recipes;
