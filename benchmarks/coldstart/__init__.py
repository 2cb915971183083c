"""`make bench-coldstart`: from a process's start to the first picture in the index, as deployed and built plainly."""
