import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { domainXslt } from "../../../components/machines/guests/domainXslt.ts";
import { temporaryDirectory } from "../tools/temporary.ts";

/** The part of the provider's XML that is changed, and an unchanged part. */
const domain = `<domain type="qemu">
  <name>dev-control-1</name>
  <os>
    <type>hvm</type>
  </os>
  <devices>
    <disk type="volume" device="disk">
      <driver name="qemu" type="qcow2"/>
      <source pool="hardway-dev" volume="control-1.qcow2"/>
      <target dev="vda" bus="virtio"/>
    </disk>
    <interface type="network">
      <source network="hardway-dev"/>
    </interface>
    <console type="pty">
      <target type="serial" port="0"/>
    </console>
  </devices>
</domain>`;

test("the sheet", () => {
  expect(domainXslt("/var/lib/libvirt/hardway/dev")).toMatchInlineSnapshot(`
    "<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
      <xsl:template match="@*|node()">
        <xsl:copy><xsl:apply-templates select="@*|node()"/></xsl:copy>
      </xsl:template>
      <xsl:template match="disk/@type"><xsl:attribute name="type">file</xsl:attribute></xsl:template>
      <xsl:template match="disk/source[@volume]">
        <source file="/var/lib/libvirt/hardway/dev/{@volume}"/>
      </xsl:template>
      <xsl:template match="domain[@type='qemu']/os">
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
    "
  `);
});

const hasXsltproc = spawnSync("xsltproc", ["--version"]).error === undefined;

describe.skipIf(!hasXsltproc)("applied as the provider does", () => {
  function applied(poolPath: string, xmlText = domain, etcdVolume?: string): string {
    const directory = temporaryDirectory();
    const [sheet, xml] = [join(directory, "sheet"), join(directory, "xml")];
    writeFileSync(sheet, domainXslt(poolPath, etcdVolume));
    writeFileSync(xml, xmlText);
    const { stdout, stderr } = spawnSync("xsltproc", [
      "--nomkdir",
      "--nonet",
      "--nowrite",
      sheet,
      xml,
    ]);
    expect(stderr.toString()).toBe("");
    return stdout.toString();
  }

  test("disks are named by path, the console has a log, the rest stays", () => {
    const expected = domain
      .replace('type="volume"', 'type="file"')
      .replace('pool="hardway-dev" volume="control-1.qcow2"', 'file="/pool/dev/control-1.qcow2"')
      .replace(
        '<target type="serial" port="0"/>\n    ',
        '<target type="serial" port="0"/>\n    <log file="/var/log/libvirt/qemu/dev-control-1-console.log" append="on"/>',
      )
      .replace(
        "</type>\n  </os>",
        '</type>\n  <smbios mode="sysinfo"/></os><sysinfo type="smbios"><system><entry name="family">hardway-emulated</entry></system></sysinfo>',
      );
    expect(applied("/pool/dev")).toBe(`<?xml version="1.0"?>\n${expected}\n`);
  });

  test("a guest with KVM has no SMBIOS data of emulation", () => {
    expect(applied("/pool/dev", domain.replace('"qemu"', '"kvm"'))).not.toContain("smbios");
  });

  test("the disk for etcd has a serial number, and no other disk has", () => {
    const [disk = ""] = /^ {4}<disk[\s\S]*<\/disk>\n/m.exec(domain) ?? [];
    const etcd = disk.replace("control-1.qcow2", "control-1.etcd.qcow2").replace("vda", "vdc");
    const both = domain.replace(disk, `${disk}${etcd}`);
    const changed = applied("/pool/dev", both, "control-1.etcd.qcow2");
    const disks = changed.match(/<disk[\s\S]*?<\/disk>/g) ?? [];
    expect(disks.map((one) => /file="([^"]*)"/.exec(one)?.[1])).toEqual([
      "/pool/dev/control-1.qcow2",
      "/pool/dev/control-1.etcd.qcow2",
    ]);
    expect(disks.map((one) => /<serial>(.*)<\/serial>/.exec(one)?.[1])).toEqual([
      undefined,
      "etcd",
    ]);
    expect(changed.replace(/\s*<serial>.*<\/serial>/, "")).toBe(applied("/pool/dev", both));
  });

  test("a path may have any character", () => {
    expect(applied('/a&b<c>"d"{e}')).toContain(
      'file="/a&amp;b&lt;c&gt;&quot;d&quot;{e}/control-1.qcow2"',
    );
  });
});
