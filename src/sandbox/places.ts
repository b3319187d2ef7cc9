// Where things lie in a sandbox. All of it can be written by the agent's own user, so nothing read there is trusted.

const HOME_DIR = "/home/user";
export const REPOSITORY_DIR = `${HOME_DIR}/repo`;
export const CONTROL_DIR = `${HOME_DIR}/.countersign`;
/** A template or a bound folder may bring programs of ours there; it stands last on PATH and shadows nothing. */
export const PROGRAMS_DIR = "/opt/countersign/bin";

export function turnDir(turn: number): string {
  return `${CONTROL_DIR}/turn-${turn}`;
}
