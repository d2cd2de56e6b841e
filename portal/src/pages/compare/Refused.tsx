/** Why there is no comparison; sensors whose units can't be joined are left out by a button. */

import type { Problem } from "../../api/problems.ts";
import { Button } from "../../ui/buttons.tsx";
import { ProblemNote } from "../../ui/notes.tsx";

export function Refused(props: {
  problem: Problem;
  keys: string[];
  again: () => void;
  onKeys: (keys: string[]) => void;
}) {
  const { problem, keys } = props;
  const apart = keys.filter((_, place) => problem.faultOf(`/sensors/${place}`) !== null);
  if (!apart.length || !problem.message.includes("one unit"))
    return <ProblemNote problem={problem} again={props.again} />;
  return (
    <div class="note bad" role="alert">
      <strong>Units that can't be joined</strong>
      {apart.map((key) => (
        <span key={key}>{problem.faultOf(`/sensors/${keys.indexOf(key)}`)}.</span>
      ))}
      {keys.length > apart.length ? (
        <div class="row">
          {apart.map((key) => (
            <Button key={key} onClick={() => props.onKeys(keys.filter((each) => each !== key))}>
              Leave {key} out
            </Button>
          ))}
        </div>
      ) : (
        <span>Leave one of the members out, or compare another sensor.</span>
      )}
    </div>
  );
}
