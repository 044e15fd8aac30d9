// scripts/setup.mjs finds or installs the browser; Puppeteer's own download would break `npm install` where it is blocked.
module.exports = { skipDownload: true };
