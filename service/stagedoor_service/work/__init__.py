"""What goes on behind the calls: runs from the queue, events of the platform, the schedule."""
