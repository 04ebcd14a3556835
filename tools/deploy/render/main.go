package main

import (
	"fmt"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	keda "github.com/kedacore/keda/v2/apis/keda/v1alpha1"
	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	kueue "sigs.k8s.io/kueue/apis/kueue/v1beta1"
	appsv1 "k8s.io/api/apps/v1"
)

func main() {
	fmt.Println(appsv1.Deployment{}.Name, certmanager.Certificate{}.Name, keda.ScaledObject{}.Name, monitoring.ServiceMonitor{}.Name, kueue.ClusterQueue{}.Name, krusty.MakeDefaultOptions(), filesys.MakeFsOnDisk())
}
