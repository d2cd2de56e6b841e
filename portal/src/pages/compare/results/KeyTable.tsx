/** What the plots of a sensor or metric show, in numbers: a row for each column of theirs. */

import type { ComparisonAnswer } from "../../../api/types.ts";
import { countText, valueText } from "../../../numbers.ts";
import { elapsedText } from "../../../plot/ticks.ts";
import { Empty } from "../../../ui/notes.tsx";
import { type Column, Table } from "../../../ui/tables/table.tsx";
import { type BucketRow, bucketRows, idOf, isByStep, unitOf } from "../answers.ts";

const MOST_ROWS = 200;

export function KeyTable({ name, answer }: { name: string; answer: ComparisonAnswer }) {
  const rows = bucketRows(answer, name);
  if (!rows.length) return <Empty title="There is no value here" />;
  const isSteps = isByStep(answer);
  const unit = unitOf(answer, name);
  const columns: Column<BucketRow>[] = [
    {
      name: isSteps ? "Step" : "Since T0",
      isNumber: true,
      cell: (row) => (isSteps ? countText(row.at) : elapsedText(row.at, 3)),
    },
    ...answer.members.map(
      (member, place): Column<BucketRow> => ({
        name: titleOf(answer, member),
        isNumber: true,
        cell: (row) => valueText(row.values[place] ?? null),
      }),
    ),
  ];
  return (
    <>
      <Table
        label={`${name}: ${answer.meta.stat}${unit && `, ${unit}`}`}
        rows={rows.slice(0, MOST_ROWS)}
        keyOf={(row) => String(row.at)}
        columns={columns}
      />
      {rows.length > MOST_ROWS && (
        <p class="remarks muted">
          The first {MOST_ROWS} of {countText(rows.length)} rows; a file has all of them.
        </p>
      )}
    </>
  );
}

/** Runs may be called the same. */
function titleOf(answer: ComparisonAnswer, member: ComparisonAnswer["members"][number]): string {
  const alike = answer.members.filter((each) => each.name === member.name);
  if (alike.length === 1) return member.name;
  return `${member.name} (${answer.members.findIndex((each) => idOf(each) === idOf(member)) + 1})`;
}
