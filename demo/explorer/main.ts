import { describe, openSession } from "../shared/session.ts";
import { Controls } from "./controls.ts";
import { Explorer } from "./explorer.ts";
import { readState, type State, writeState } from "./state.ts";
import { readUpload } from "./upload.ts";

function rememberInAddress(state: State): void {
  const query = writeState(state);
  history.replaceState(null, "", query ? `?${query}` : location.pathname);
}

async function takeFile(file: File): Promise<void> {
  try {
    const upload = await readUpload(file);
    explorer.upload = upload;
    controls.acceptFile("picture" in upload ? upload.picture.height : undefined);
  } catch (error) {
    controls.refuseFile(describe(error));
  }
}

const controls = new Controls(
  readState(location.search),
  (state) => {
    rememberInAddress(state);
    explorer.refresh();
  },
  (file) => void takeFile(file),
);
const explorer = new Explorer(controls);
void openSession(explorer);
