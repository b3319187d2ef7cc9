// A system call filter for what namespaces do not hold: socket families that leave the machine past them, and kernel
// interfaces with a record of holes that no repository's tools need.
import { arch } from "node:os";

interface Machine {
  readonly auditArch: number;
  readonly socket: number;
  readonly denied: readonly number[];
}

// io_uring is denied because it opens sockets without the call that is checked here.
const IO_URING = [425, 426, 427] as const;
const MACHINES: Readonly<Record<string, Machine>> = {
  // add_key, request_key, keyctl, perf_event_open, name_to_handle_at, open_by_handle_at, bpf, userfaultfd
  x64: { auditArch: 0xc000003e, socket: 41, denied: [248, 249, 250, 298, 303, 304, 321, 323, ...IO_URING] },
  arm64: { auditArch: 0xc00000b7, socket: 198, denied: [217, 218, 219, 241, 264, 265, 280, 282, ...IO_URING] },
};

/** AF_UNIX, AF_INET, AF_INET6, AF_NETLINK: the last one for listing interfaces, which stay inside the namespace. */
const FAMILIES = [1, 2, 10, 16] as const;

const LOAD_WORD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const RETURN = 0x06;

const OFFSET_CALL = 0;
const OFFSET_ARCH = 4;
const OFFSET_FIRST_ARGUMENT = 16;

const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const errno = (code: number): number => 0x00050000 | code;
const EPERM = errno(1);
const ENOSYS = errno(38);
const EAFNOSUPPORT = errno(97);
/** Calls of the 32-bit-pointer variant carry this bit and would slip past plain numbers. */
const X32_BIT = 0x40000000;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

/** The program as the kernel takes it; undefined on machines whose call numbers are not known here. */
export function seccompProgram(machine: string = arch()): Buffer | undefined {
  const known = MACHINES[machine];
  if (known === undefined) return undefined;
  const program: Instruction[] = [
    [LOAD_WORD, 0, 0, OFFSET_ARCH],
    [JUMP_EQUAL, 1, 0, known.auditArch],
    [RETURN, 0, 0, KILL],
    [LOAD_WORD, 0, 0, OFFSET_CALL],
    [JUMP_AT_LEAST, 0, 1, X32_BIT],
    [RETURN, 0, 0, ENOSYS],
    ...known.denied.flatMap((call): Instruction[] => [
      [JUMP_EQUAL, 0, 1, call],
      [RETURN, 0, 0, EPERM],
    ]),
    [JUMP_EQUAL, 1, 0, known.socket],
    [RETURN, 0, 0, ALLOW],
    [LOAD_WORD, 0, 0, OFFSET_FIRST_ARGUMENT],
    ...FAMILIES.flatMap((family): Instruction[] => [
      [JUMP_EQUAL, 0, 1, family],
      [RETURN, 0, 0, ALLOW],
    ]),
    [RETURN, 0, 0, EAFNOSUPPORT],
  ];
  return Buffer.concat(program.map(encode));
}

function encode([code, ifTrue, ifFalse, value]: Instruction): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(ifTrue, 2);
  bytes.writeUInt8(ifFalse, 3);
  bytes.writeUInt32LE(value >>> 0, 4);
  return bytes;
}
