const VERBS = new Set(
  `abort accept access activate add allocate apply approve archive assign associate assume attach authorize batch block
  bulk cancel change check clear close complete configure confirm connect copy create deactivate decline decrypt delegate
  delete deliver demote deny deploy deprecate deregister describe detach detect disable disassociate discover download
  edit enable encrypt enroll evaluate execute export filter generate get grant head import initiate insert install invite
  invoke issue join kill leave list lock lookup merge modify move open pause poll post preview promote publish purge put
  query read reboot receive record register reject release remove rename renew replace report request reset resend
  restore resume retire retrieve retry revert revoke rollback rotate run scan schedule search select send set share sign
  simulate skip start stop submit subscribe suspend sync tag terminate test transfer unassign unblock undelete
  undeploy unlink unlock unshare unsubscribe unsuspend untag update upgrade upload validate verify view`.split(
    /\s+/,
  ),
);

/** Words that show that what follows the verb is no noun of its own: `add_to_folder` stays as it is. */
const PREPOSITIONS = new Set(['to', 'from', 'in', 'into', 'with', 'of', 'by', 'for', 'on', 'as', 'out']);

/**
 * The action of a foreign event, `noun.verb`, from the service and the name that the service gives it:
 * `ec2` and `DescribeInstances` become `ec2.instances.describe`, `login` and `login_success` become `login.login-success`.
 */
export function actionName(service: string, name: string): string {
  const noun = wordsOf(service).join('-') || 'unknown';
  const [verb = 'unknown', ...object] = wordsOf(name);
  if (!VERBS.has(verb)) return `${noun}.${[verb, ...object].join('-')}`;
  if (object.length === 0) return `${noun}.${verb}`;
  if (PREPOSITIONS.has(object[0] ?? '')) return `${noun}.${[verb, ...object].join('-')}`;
  return `${noun}.${object.join('-')}.${verb}`;
}

/** Splits `DescribeDBInstances`, `DELETE_USER` and `add_to_folder` into lower-case words of letters and digits. */
function wordsOf(name: string): string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}
