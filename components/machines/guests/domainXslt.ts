import { etcdDiskSerial } from "../../../plan/etcdDisk.ts";

/**
 * Changes to the domain's XML that the provider's arguments cannot express. Each is needed:
 * - Disks by path instead of pool and volume. If AppArmor confines guests (Debian, Ubuntu), libvirt
 * before 11 grants no permission for the volume form, and no guest starts:
 * https://gitlab.com/libvirt/libvirt/-/issues/546
 * - A log of the serial console, the only evidence of a guest that never reached SSH.
 * - SMBIOS data of an emulated guest: the image made here reads them before the kernel starts, and
 * switches off what emulation cannot afford.
 * - A serial number of the disk for etcd, if there is one, so that the guest can identify that
 * disk.
 *
 * @param poolPath the pool's directory, on the hypervisor
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
${etcdVolume === undefined ? "" : serialOf(etcdVolume, etcdDiskSerial)}  <xsl:template match="domain[@type='qemu']/os">
    <xsl:copy>
      <xsl:apply-templates select="@*|node()"/>
      <smbios mode="sysinfo"/>
    </xsl:copy>
    <sysinfo type="smbios">
      <system><entry name="family">hardway-emulated</entry></system>
    </sysinfo>
  </xsl:template>
  <xsl:template match="console">
    <xsl:copy>
      <xsl:apply-templates select="@*|node()"/>
      <log file="/var/log/libvirt/qemu/{/domain/name}-console.log" append="on"/>
    </xsl:copy>
  </xsl:template>
</xsl:stylesheet>
`;
}

/** libvirt accepts the parts of a disk in any order. */
const serialOf = (volume: string, serial: string): string =>
  `  <xsl:template match="disk[source/@volume='${volume}']/target">
    <xsl:copy-of select="."/>
    <serial>${serial}</serial>
  </xsl:template>
`;

/** Escapes text for an XSLT attribute, where braces begin an expression. */
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
