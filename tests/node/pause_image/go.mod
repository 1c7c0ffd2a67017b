module boothsync.invalid/tests/node/pause

go 1.24.0
