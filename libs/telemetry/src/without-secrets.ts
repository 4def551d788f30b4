import { endOfValue } from './end-of-value.ts';

const MASK = '[redacted]';

/** Names whose value is never written, wherever they stand in a line: `"name":`, also in JSON quoted inside JSON. */
const SECRET_NAME =
  /(\\*)"((?:[\w.-]*(?:authorization|password|passwd|secret|credential|api[_-]?key|private[_-]?key)[\w.-]*)|(?:[\w.-]*[_.-])?(?:token|cookie)|\w*[a-z](?:Token|Cookie)|code_verifier)\1"\s*:\s*/gi;
const BEARER = /\b(Bearer|Basic|Splunk)\s+[A-Za-z0-9._~+/=-]{6,}/g;
/** To the last @ before the host: the first one may be part of the password. */
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"\\]*):[^\s/"\\]+@/gi;
/** A signed token, wherever it stands; the first part tells which key and algorithm. */
const SIGNED_TOKEN = /\b(eyJ[A-Za-z0-9_-]{8,})\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/g;
const FORM_SECRET =
  /\b((?:client_secret|password|access_token|refresh_token|id_token|code_verifier|X-Amz-Security-Token|X-Amz-Signature)=)[^&\s"\\]+/gi;

/**
 * A finished log line without what nobody may read in it: values under secret names, bearer and basic credentials,
 * passwords inside connection strings and forms. Works on text, so nesting and error messages do not matter.
 */
export function withoutSecrets(line: string): string {
  return withoutNamedSecrets(line)
    .replace(BEARER, `$1 ${MASK}`)
    .replace(SIGNED_TOKEN, `$1.${MASK}`)
    .replace(URL_PASSWORD, `$1:${MASK}@`)
    .replace(FORM_SECRET, `$1${MASK}`);
}

function withoutNamedSecrets(line: string): string {
  const names = new RegExp(SECRET_NAME);
  let cleaned = '';
  let kept = 0;
  for (let found = names.exec(line); found !== null; found = names.exec(line)) {
    const start = names.lastIndex;
    const escapes = found[1] ?? '';
    const end = endOfValue(line, start, escapes.length);
    if (end === start) continue;
    cleaned += `${line.slice(kept, start)}${escapes}"${MASK}${escapes}"`;
    kept = names.lastIndex = end;
  }
  return cleaned + line.slice(kept);
}
