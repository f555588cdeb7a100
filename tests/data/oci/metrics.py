"""Oracle's SDK asks monitoring for the figures of one instance and prints what it read."""

import datetime
import json
import sys

import oci

config = oci.config.from_file(sys.argv[1], "LAB")
endpoint, compartment, node = sys.argv[2:5]
compute = oci.core.ComputeClient(config, service_endpoint=endpoint)
monitoring = oci.monitoring.MonitoringClient(config, service_endpoint=endpoint)
instances = oci.pagination.list_call_get_all_results(compute.list_instances, compartment).data
instance = next(it for it in instances if it.display_name == node)
now = datetime.datetime.now(datetime.timezone.utc)
details = oci.monitoring.models.SummarizeMetricsDataDetails(
    namespace="oci_computeagent",
    query=f'CpuUtilization[1h]{{resourceId = "{instance.id}"}}.percentile(0.95)',
    start_time=now - datetime.timedelta(days=7),
    end_time=now,
    resolution="1h",
)
streams = monitoring.summarize_metrics_data(compartment, details).data
print(json.dumps([
    {
        "name": stream.name,
        "instance": stream.dimensions["resourceDisplayName"],
        "unit": stream.metadata["unit"],
        "times": [point.timestamp.isoformat() for point in stream.aggregated_datapoints],
        "values": [point.value for point in stream.aggregated_datapoints],
    }
    for stream in streams
]))
