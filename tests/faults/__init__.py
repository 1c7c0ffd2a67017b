"""What may go wrong around a run: crashes, races, broken feeds, a database in trouble."""
