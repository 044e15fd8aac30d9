import { describe, openSession } from "../shared/session.ts";
import { Controls } from "./controls.ts";
import { Explorer } from "./explorer.ts";
import { readState, type State, writeState } from "./state.ts";
import { readUpload } from "./upload.ts";

function rememberInAddress(state: State): void {
  const query = writeState(state);
  history.replaceState(null, "", query ? `?${query}` : location.pathname);
}

let newestFile: File | undefined;

async function takeFile(file: File): Promise<void> {
  newestFile = file;
  explorer.suspend(`Reading ${file.name}`);
  const upload = await readUpload(file).catch((error: unknown) => describe(error));
  if (file !== newestFile) return;
  if (typeof upload === "string") {
    explorer.upload = undefined;
    controls.refuseFile(upload);
    explorer.refresh();
  } else {
    explorer.upload = upload;
    controls.acceptFile("picture" in upload ? { rows: upload.picture.height } : { read: upload.read });
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
const explorer = new Explorer(controls, new URLSearchParams(location.search).get("wgsl") ?? undefined);
void openSession(explorer);
