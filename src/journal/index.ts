export { type BackupResult, backupData } from "./backup.js";
export { type ExportOptions, type ExportResult, exportRun } from "./export/export-run.js";
export { type JournalOptions, openJournal } from "./journal.js";
export { openJournalReader } from "./reader.js";
export type * from "./records.js";
