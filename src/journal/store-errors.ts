import { type ErrorDetails, StedError, StoreError } from "../core/index.js";

interface Kind {
  readonly code: string;
  readonly says: string;
  readonly hint: string;
}

const full: Kind = {
  code: "DISK_FULL",
  says: "no space left on the disk",
  hint: "free some space, then resume the run; nothing of this write was kept",
};
const forbidden: Kind = {
  code: "DATA_UNWRITABLE",
  says: "not allowed to write there",
  hint: "give this user write access, or choose another folder with --data",
};
const notThere: Kind = {
  code: "DATA_UNWRITABLE",
  says: "there is no such folder, or a file stands in its place",
  hint: "choose another folder with --data",
};
const damaged: Kind = {
  code: "JOURNAL_DAMAGED",
  says: "the journal's file is damaged or not a journal",
  hint: "move it aside and put back a backup",
};
const inputOutput: Kind = {
  code: "DISK_IO",
  says: "the disk reported an error",
  hint: "look at the disk and its cable; the journal takes no more writes until the daemon is started again",
};
const busy: Kind = {
  code: "JOURNAL_BUSY",
  says: "another program keeps the journal's file locked",
  hint: "close the program that has journal.sqlite open",
};
const other: Kind = {
  code: "JOURNAL_FAILED",
  says: "the journal could not do what was asked",
  hint: "see the log; the run can be resumed",
};

/** By the code of Node's file functions or the beginning of SQLite's. */
const kinds: readonly (readonly [pattern: RegExp, kind: Kind])[] = [
  [/^(ENOSPC|EDQUOT|SQLITE_FULL)/, full],
  [/^(EACCES|EPERM|EROFS|SQLITE_READONLY|SQLITE_CANTOPEN|SQLITE_PERM)/, forbidden],
  [/^(ENOTDIR|EEXIST|ENOENT|EISDIR)/, notThere],
  [/^(SQLITE_NOTADB|SQLITE_CORRUPT)/, damaged],
  [/^(EIO|SQLITE_IOERR)/, inputOutput],
  [/^(SQLITE_BUSY|SQLITE_LOCKED|EBUSY)/, busy],
];

/** What went wrong with a file or the database, as one clear line. A StedError passes through unchanged. */
export function storeError(thrown: unknown, where: string, data: ErrorDetails["data"] = {}): StedError {
  if (thrown instanceof StedError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const code = codeOf(thrown, message);
  const { says, hint, code: ours } = kinds.find(([pattern]) => pattern.test(code))?.[1] ?? other;
  return new StoreError(ours, `${says} (${message})`, { where, hint, data, cause: thrown });
}

/** libsql throws a bare Error with SQLite's number at the end when a file cannot be opened (14 = SQLITE_CANTOPEN). */
function codeOf(thrown: unknown, message: string): string {
  const code = (thrown as { code?: unknown } | null)?.code;
  if (typeof code === "string" && code !== "") return code;
  if (/ConnectionFailed.*: 14\b/.test(message)) return "SQLITE_CANTOPEN";
  return "";
}
