import type { AuditLogs } from "../audit-logs";

/**
 * Days for which CloudWatch Logs can be told to keep logs; 0 is for ever. Source: @pulumi/aws 7.48.0,
 * LogGroup.retentionInDays.
 */
const offered = [
  ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
];

/** How a log group is made for its logs to last: by the next longer time that there is, and not with the stack. */
export const lasting = ({ days, outliveStack }: AuditLogs) => ({
  retentionInDays: offered.find((length) => length >= days) ?? 0,
  ...(outliveStack && { skipDestroy: true }),
});
