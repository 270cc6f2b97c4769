/** Records which paths of values of one kind are read: `nodes.[].machine.cpus`. */
export class Reads {
  readonly #values: object[] = [];
  readonly #read = new Set<string>();

  /** Returns the same plain data as a proxy that records reads. */
  record<Value extends object>(value: Value): Value {
    this.#values.push(value);
    return this.#wrap(value, "", new Map()) as Value;
  }

  /**
   * The paths that were never read, without those inside another such path. All elements of a list
   * count as one: a key is read if it is read in one of them.
   */
  unread(): string[] {
    return [...new Set(this.#values.flatMap((value) => this.#unreadIn(value, "")))].sort();
  }

  #wrap(part: object, path: string, proxies: Map<object, Map<string, object>>): object {
    // An object may be at several paths; each path always returns the same proxy, so that
    // comparisons work.
    const ofPart = proxies.get(part) ?? new Map<string, object>();
    proxies.set(part, ofPart);
    const known = ofPart.get(path);
    if (known !== undefined) return known;
    const proxy: object = new Proxy(part, {
      get: (target, key) => {
        const found: unknown = Reflect.get(target, key);
        if (typeof key === "symbol" || !Object.hasOwn(target, key)) return found;
        const inside = join(path, target, key);
        this.#read.add(inside);
        return isObject(found) ? this.#wrap(found, inside, proxies) : found;
      },
    });
    ofPart.set(path, proxy);
    return proxy;
  }

  #unreadIn(part: object, path: string): string[] {
    return Object.entries(part).flatMap(([key, inner]: [string, unknown]) => {
      const inside = join(path, part, key);
      if (!this.#read.has(inside)) return [inside];
      return isObject(inner) ? this.#unreadIn(inner, inside) : [];
    });
  }
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

const join = (path: string, parent: object, key: string): string => {
  const name = Array.isArray(parent) ? "[]" : key;
  return path === "" ? name : `${path}.${name}`;
};
