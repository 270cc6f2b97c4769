import { etcdDiskSerial } from "../../plan/etcdDisk.ts";

/**
 * What the provider's arguments can't say of a domain, as changes to the XML that it would define. Each change is needed:
 * - Disks by path instead of pool and volume. Where AppArmor confines machines (Debian, Ubuntu), libvirt before 11 gives
 *   them no permission for the other form, and none starts: https://gitlab.com/libvirt/libvirt/-/issues/546
 * - A log of the serial console, the only witness of a machine that never got as far as SSH.
 * - A serial number of the disk for etcd, where there is one: by it the guest knows which of its disks that is.
 *
 * @param poolPath the directory that the pool's volumes are files in, on the libvirt host
 * @param etcdVolume the name of the volume for etcd's data
 */
export function domainXslt(poolPath: string, etcdVolume?: string): string {
  return `<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:template match="@*|node()">
    <xsl:copy><xsl:apply-templates select="@*|node()"/></xsl:copy>
  </xsl:template>
  <xsl:template match="disk/@type"><xsl:attribute name="type">file</xsl:attribute></xsl:template>
  <xsl:template match="disk/source[@volume]">
    <source file="${attributeValue(poolPath)}/{@volume}"/>
  </xsl:template>
${etcdVolume === undefined ? "" : serialOf(etcdVolume, etcdDiskSerial)}  <xsl:template match="console">
    <xsl:copy>
      <xsl:apply-templates select="@*|node()"/>
      <log file="/var/log/libvirt/qemu/{/domain/name}-console.log" append="on"/>
    </xsl:copy>
  </xsl:template>
</xsl:stylesheet>
`;
}

/** libvirt takes the parts of a disk in any order. */
const serialOf = (volume: string, serial: string): string =>
  `  <xsl:template match="disk[source/@volume='${volume}']/target">
    <xsl:copy-of select="."/>
    <serial>${serial}</serial>
  </xsl:template>
`;

/** Text as XSLT takes it inside an attribute, where braces begin an expression. */
function attributeValue(text: string): string {
  const escapes: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    '"': "&quot;",
    "{": "{{",
    "}": "}}",
  };
  return text.replace(/[&<"{}]/g, (character) => escapes[character] ?? character);
}
