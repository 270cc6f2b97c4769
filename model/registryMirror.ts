/** A registry that has other registries' images. In text it is a URL. */
export class RegistryMirror {
  /** The form of its URL. */
  static readonly format =
    /^(https?):\/\/([A-Za-z0-9](?:[-A-Za-z0-9.]*[A-Za-z0-9])?(?::\d{1,5})?)(\/[-\w./]+)?$/;

  readonly scheme: string;
  /** A name or an address, and maybe a port: `registry.example.org:5000`. */
  readonly server: string;
  /** Empty, or begins with a slash. */
  readonly path: string;

  constructor(scheme: string, server: string, path = "") {
    this.scheme = scheme;
    this.server = server;
    this.path = path;
  }

  /** @param url in this format */
  static parse(url: string): RegistryMirror {
    const [, scheme = "", server = "", path] = RegistryMirror.format.exec(url) ?? [];
    return new RegistryMirror(scheme, server, path);
  }

  toString(): string {
    return `${this.scheme}://${this.server}${this.path}`;
  }

  toJSON(): string {
    return this.toString();
  }
}
