// The checks every change goes through, whatever policy asks for besides.
import { checkHiddenText } from "./hidden-text.ts";
import { checkSecrets } from "./secrets.ts";

export const BUILT_IN_CHECKS = [checkSecrets, checkHiddenText] as const;
