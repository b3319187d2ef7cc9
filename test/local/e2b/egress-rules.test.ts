import { describe, expect, it } from "vitest";
import { isAddressRange, isInRange, isPublicAddress } from "../../../src/local/e2b/addresses.ts";
import { findRoute } from "../../../src/local/e2b/egress-dial.ts";
import {
  judgeAddresses,
  judgeDestination,
  normalizeHost,
  type NetworkRules,
} from "../../../src/local/e2b/egress-rules.ts";

const open: NetworkRules = { allowOut: [], denyOut: [] };
const closed: NetworkRules = { allowOut: [], denyOut: ["0.0.0.0/0"] };
const only = (...allowOut: string[]): NetworkRules => ({ allowOut, denyOut: ["0.0.0.0/0"] });

describe("public addresses", () => {
  it.each(["1.1.1.1", "8.8.8.8", "172.32.0.1", "192.167.1.1", "2606:4700::1111", "2a00:1450::1"])(
    "%s is public",
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it.each([
    ["127.0.0.1", "loopback"],
    ["0.0.0.0", "this host"],
    ["10.1.2.3", "private"],
    ["172.16.0.1", "private"],
    ["172.31.255.255", "private"],
    ["192.168.1.1", "private"],
    ["100.64.0.1", "carrier"],
    ["169.254.169.254", "metadata"],
    ["100.100.100.200", "metadata"],
    ["168.63.129.16", "metadata"],
    ["192.0.0.192", "metadata"],
    ["224.0.0.1", "multicast"],
    ["255.255.255.255", "broadcast"],
    ["240.0.0.1", "reserved"],
    ["::1", "loopback"],
    ["::", "unspecified"],
    ["fe80::1", "link-local"],
    ["fe80::1%eth0", "link-local with a zone"],
    ["fc00::1", "unique local"],
    ["fd00:ec2::254", "metadata"],
    ["ff02::1", "multicast"],
    ["::ffff:127.0.0.1", "mapped loopback"],
    ["::ffff:7f00:1", "mapped loopback in hexadecimal"],
    ["::ffff:1.1.1.1", "mapped at all"],
    ["::127.0.0.1", "compatible loopback"],
    ["64:ff9b::7f00:1", "translated loopback"],
    ["2002:7f00:1::", "6to4 of loopback"],
    ["2001:0:7f00:1::", "Teredo"],
    ["2001:db8::1", "documentation"],
    ["not an address", "no address"],
  ])("%s is not: %s", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it("ranges are read strictly", () => {
    expect(["1.1.1.1", "1.1.1.0/24", "::/0", "0.0.0.0/0"].every(isAddressRange)).toBe(true);
    expect(
      ["example.com", "1.1.1.1/33", "1.1.1.1/", "1.1.1.1/2/3", "::/129", "*.a.com", "1.1.1.1/x"].some(isAddressRange),
    ).toBe(false);
    expect(isInRange("1.1.1.7", "1.1.1.0/24")).toBe(true);
    expect(isInRange("1.1.2.7", "1.1.1.0/24")).toBe(false);
    expect(isInRange("2606:4700::1", "1.1.1.0/24")).toBe(false);
  });
});

describe("judging a destination by its name", () => {
  it.each([
    ["anything public is open by default", open, "example.com", 443, true],
    ["deny-all closes names", closed, "example.com", 443, false],
    ["a named host is open", only("example.com"), "example.com", 443, true],
    ["and over plain http", only("example.com"), "example.com", 80, true],
    ["whatever the case in the rule", only("Example.COM"), "example.com", 443, true],
    ["its neighbour is not", only("example.com"), "www.example.com", 443, false],
    ["nor what merely ends alike", only("example.com"), "badexample.com", 443, false],
    ["a star is for names below", only("*.example.com"), "a.b.example.com", 443, true],
    ["a star is not for the name itself", only("*.example.com"), "example.com", 443, false],
    ["a star does not match inside a word", only("*.example.com"), "badexample.com", 443, false],
    ["other ports are closed", only("example.com"), "example.com", 22, false],
    ["also by default", open, "example.com", 8080, false],
    ["an address is open when allowed", only("1.1.1.1"), "1.1.1.1", 443, true],
    ["or in an allowed range", only("1.1.1.0/24"), "1.1.1.9", 443, true],
    ["not when only names are", only("example.com"), "1.1.1.1", 443, false],
    ["allow beats deny", { allowOut: ["1.1.1.1"], denyOut: ["1.1.1.0/24"] }, "1.1.1.1", 443, true],
    ["deny closes its range", { allowOut: [], denyOut: ["1.1.1.0/24"] }, "1.1.1.2", 443, false],
    ["a private address is refused though allowed", only("10.0.0.1", "0.0.0.0/0"), "10.0.0.1", 443, false],
    ["metadata is refused though allowed", only("169.254.169.254"), "169.254.169.254", 80, false],
    ["loopback is refused though allowed", only("127.0.0.1", "::1"), "::1", 80, false],
    ["mapped loopback is refused though allowed", only("::ffff:127.0.0.1"), "::ffff:127.0.0.1", 80, false],
  ])("%s", (_says, rules, host, port, allowed) => {
    expect(judgeDestination(rules, { host, port }).allowed).toBe(allowed);
  });

  it.each([
    ["a public one is open", only("example.com"), ["93.184.215.14"], true],
    ["one private among them spoils all", only("example.com"), ["93.184.215.14", "10.0.0.1"], false],
    ["loopback in IPv6 spoils all", only("example.com"), ["93.184.215.14", "::1"], false],
    ["none at all is refused", only("example.com"), [], false],
    [
      "a denied range holds for what a name resolves to",
      { allowOut: [], denyOut: ["93.184.0.0/16"] },
      ["93.184.215.14"],
      false,
    ],
  ])("its addresses: %s", (_says, rules, addresses, allowed) => {
    expect(judgeAddresses(rules, "example.com", addresses).allowed).toBe(allowed);
  });

  it("spellings of one host are one host", () => {
    expect(["Example.com", "example.com.", "EXAMPLE.COM."].map(normalizeHost)).toEqual(
      Array.from({ length: 3 }, () => "example.com"),
    );
    expect(normalizeHost("[::1]")).toBe("::1");
  });
});

describe("finding a route", () => {
  const resolveTo = (...addresses: string[]) => {
    const asked: string[] = [];
    const resolve = async (host: string) => {
      asked.push(host);
      return addresses;
    };
    return { asked, resolve };
  };

  it("a refused name is never looked up, so it carries nothing out as a question", async () => {
    const { asked, resolve } = resolveTo("93.184.215.14");
    const to = { host: "secret.evil.example", port: 443 };
    const routing = await findRoute({ network: only("example.com"), forwards: {}, resolve }, to);
    expect(routing.ok).toBe(false);
    expect(asked).toEqual([]);
  });

  it("an allowed name is looked up once, and that answer is what is dialled", async () => {
    const { asked, resolve } = resolveTo("93.184.215.14", "2606:4700::1");
    const routing = await findRoute(
      { network: only("example.com"), forwards: {}, resolve },
      { host: "example.com", port: 443 },
    );
    expect(routing).toEqual({
      ok: true,
      route: { host: "example.com", port: 443, addresses: ["93.184.215.14", "2606:4700::1"] },
    });
    expect(asked).toEqual(["example.com"]);
  });

  it.each(["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1"])(
    "an allowed name at %s is refused",
    async (address) => {
      const { resolve } = resolveTo(address);
      const routing = await findRoute(
        { network: only("example.com"), forwards: {}, resolve },
        { host: "example.com", port: 80 },
      );
      expect(routing).toMatchObject({ ok: false, reason: expect.stringContaining(address) });
    },
  );

  it("a forward needs the name to be allowed, and holds for its own port alone", async () => {
    const forwards = { "model.example:80": "127.0.0.1:4010" };
    const { asked, resolve } = resolveTo();
    const route = (network: NetworkRules, port: number) =>
      findRoute({ network, forwards, resolve }, { host: "model.example", port });
    expect(await route(only("model.example"), 80)).toMatchObject({
      ok: true,
      route: { port: 4010, addresses: ["127.0.0.1"] },
    });
    expect(await route(closed, 80)).toMatchObject({ ok: false });
    expect(asked).toEqual([]);
    expect(await route(only("model.example"), 443)).toMatchObject({ ok: false });
  });

  it.each(["10.0.0.1:80", "127.0.0.1", "localhost:80", "127.0.0.2:80"])(
    "a forward to %s is no loopback forward",
    async (target) => {
      const forwards = { "model.example:80": target };
      const { resolve } = resolveTo();
      expect(
        await findRoute({ network: only("model.example"), forwards, resolve }, { host: "model.example", port: 80 }),
      ).toMatchObject({ ok: false });
    },
  );
});
