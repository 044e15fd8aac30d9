/** Set-up of a process in which figures are drawn: a `document`, as a browser has one. */
import { parseHTML } from "linkedom";

Object.assign(globalThis, { document: parseHTML("<!doctype html><html><body></body></html>").document });
