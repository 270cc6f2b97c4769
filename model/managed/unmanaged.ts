/** Settings by name, none of which is managed: the config may override them. */
export type Unmanaged<Managed extends string, Value = unknown> = Readonly<Record<string, Value>> & {
  readonly [Name in Managed]?: never;
};
