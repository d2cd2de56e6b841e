/** What the files of the project take, of what they may. */

import { api, ask } from "../../api/client.ts";
import type { ArtifactRoom } from "../../api/types.ts";
import { bytesText, countText } from "../../numbers.ts";
import { Meter, type Tone } from "../../ui/facts.tsx";
import { useAsked } from "../../ui/requests/asking.ts";

const REFRESH_MS = 30_000;
const NEAR = 0.9;

export function ProjectRoom({ project, turn = 0 }: { project: string; turn?: number }) {
  const asked = useAsked(
    `artifact room ${project} ${turn}`,
    (signal) =>
      ask(
        api.GET("/api/v1/projects/{project_id}/artifact-room", {
          params: { path: { project_id: project } },
          signal,
        }),
      ),
    REFRESH_MS,
    true,
  );
  // Where it can't be told, the list below says what is wrong.
  return asked.data && <Room room={asked.data} />;
}

function Room({ room }: { room: ArtifactRoom }) {
  const share = room.quota_bytes ? room.kept_bytes / room.quota_bytes : 1;
  const tone: Tone = room.free_bytes === 0 ? "bad" : share >= NEAR ? "warn" : "";
  const coming = room.uploading_bytes ? `, ${bytesText(room.uploading_bytes)} of it on the way` : "";
  return (
    <div class="room">
      <span class="muted">
        {countText(room.files)} {room.files === 1 ? "file" : "files"}, {bytesText(room.kept_bytes)} of{" "}
        {bytesText(room.quota_bytes)}
        {coming}
      </span>
      <Meter share={share} tone={tone} label="Room that the files of the project take" />
      {tone && (
        <div class={`note ${tone}`} role="status">
          <strong>
            {tone === "bad" ? "The project has no room for files" : "The room for files is nearly full"}
          </strong>
          <span>
            {tone === "bad" ? "New ones are refused." : `${bytesText(room.free_bytes)} are left.`} Delete
            files that nobody needs, or have an owner raise the project's quota in its settings.
          </span>
        </div>
      )}
    </div>
  );
}
