// Loaded before the command line: its clock runs a thousand times as fast, so that progress is told at once.
const now = performance.now.bind(performance);
performance.now = () => now() * 1000;
